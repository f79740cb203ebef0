package io.infrafabric.coordinator.session;

import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.error.RefusedException;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.nats.BusMessage;
import io.infrafabric.kit.nats.Subscription;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps sessions alive for swarms without gRPC: the body of a heartbeat is the session id. */
public final class NatsHeartbeats {
  private static final Logger log = LoggerFactory.getLogger(NatsHeartbeats.class);

  private final Sessions sessions;

  public NatsHeartbeats(Sessions sessions) {
    this.sessions = sessions;
  }

  /** Begins to listen. */
  public Subscription listen(Bus bus) {
    return bus.subscribe(Subjects.HEARTBEATS, this::onHeartbeat);
  }

  private void onHeartbeat(BusMessage message) {
    try {
      SwarmId swarm = Subjects.swarmOf(message.subject());
      String session = new String(message.body(), StandardCharsets.UTF_8).strip();
      sessions
          .keepAlive(KeepAliveRequest.newBuilder().setSwarmId(swarm.value()).setSessionId(session).build())
          .whenComplete(
              (alive, failure) -> {
                if (failure != null) {
                  log.atDebug().addKeyValue("swarm", swarm).log("a heartbeat found no session");
                }
              });
    } catch (RefusedException malformed) {
      log.atDebug().addKeyValue("subject", message.subject()).log("a heartbeat of nobody");
    }
  }
}
