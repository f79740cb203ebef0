package io.infrafabric.cli.agent;

import com.google.protobuf.util.Durations;
import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.cli.fabric.Requests;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.CloseSessionRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.OpenSessionResponse;
import io.infrafabric.coordinator.v1.Resumption;
import io.infrafabric.coordinator.v1.WatchOffersRequest;
import io.infrafabric.coordinator.v1.WatchOffersResponse;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.lifecycle.Periodic;
import java.time.Duration;
import java.util.Iterator;

/** The swarm's session while the agent works: keeps it alive, hears its offers, and opens a new one when it was lost. */
final class AgentSession implements AutoCloseable {
  private static final Duration LONGEST_HEARTBEAT = Duration.ofSeconds(3);
  private static final Duration LISTEN_AGAIN = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** Hears what comes to the swarm. */
  interface Listener {
    /** An offer, or the withdrawal of a claim. */
    void onOffer(Offer offer);

    /** A parked claim goes on, under this session. */
    void onResumed(Resumption resumption);

    /** Offers may have passed by. */
    void onMissed();

    /** The session has ended, and with it its claims; a new one is being opened. */
    void onLost();

    /** Another agent has taken the session over. */
    void onTakenOver();

    /** The swarm is not registered any more; what it holds may still end. */
    void onUnregistered();
  }

  private final FabricClients clients;
  private final AgentSettings settings;
  private final Listener listener;
  private final Periodic heartbeat;
  private final Periodic offers;
  private volatile String sessionId;
  private volatile long revision;
  private volatile boolean closing;
  private long sequence;

  private AgentSession(FabricClients clients, AgentSettings settings, Listener listener) {
    this.clients = clients;
    this.settings = settings;
    this.listener = listener;
    OpenSessionResponse opened = open(settings.replace(), settings.inherit());
    enter(opened);
    Duration third = Duration.ofMillis(Math.max(500, Durations.toMillis(opened.getTtl()) / 3));
    heartbeat = Periodic.start("heartbeat", third.compareTo(LONGEST_HEARTBEAT) < 0 ? third : LONGEST_HEARTBEAT, this::beat);
    offers = Periodic.start("offers", LISTEN_AGAIN, this::listen);
  }

  /** Opens it; refused with SESSION_EXISTS when another one is alive. */
  static AgentSession open(FabricClients clients, AgentSettings settings, Listener listener) {
    return new AgentSession(clients, settings, listener);
  }

  private OpenSessionResponse open(boolean replace, boolean inherit) {
    OpenSessionRequest request =
        OpenSessionRequest.newBuilder()
            .setRequestId(Requests.newId())
            .setSwarmId(settings.swarm())
            .setTtl(Durations.fromMillis(settings.ttl().toMillis()))
            .setReplace(replace)
            .setInherit(inherit)
            .build();
    return Requests.retrying(PATIENCE, () -> clients.sessions().openSession(request));
  }

  private void enter(OpenSessionResponse opened) {
    revision = opened.getRevision();
    sessionId = opened.getSessionId();
  }

  /** To be sent with claims. */
  String id() {
    return sessionId;
  }

  private void beat() {
    KeepAliveRequest request =
        KeepAliveRequest.newBuilder().setRequestId(Requests.newId()).setSwarmId(settings.swarm()).setSessionId(sessionId).build();
    try {
      clients.sessions().keepAlive(request).getOffersList().forEach(listener::onOffer);
    } catch (RuntimeException failure) {
      if (!closing && is(failure, ErrorCode.ERROR_CODE_SESSION_NOT_FOUND)) {
        again();
        return;
      }
      if (is(failure, ErrorCode.ERROR_CODE_SWARM_NOT_FOUND)) {
        listener.onUnregistered();
        return;
      }
      throw failure; // away for the moment: the next beat will tell
    }
  }

  private void again() {
    listener.onLost();
    try {
      enter(open(false, false));
    } catch (RuntimeException failure) {
      if (is(failure, ErrorCode.ERROR_CODE_SESSION_EXISTS)) {
        listener.onTakenOver();
      } else if (is(failure, ErrorCode.ERROR_CODE_SWARM_NOT_FOUND)) {
        listener.onUnregistered();
      } else {
        throw failure;
      }
    }
  }

  /** One stream, for as long as it lasts. */
  private void listen() {
    WatchOffersRequest request =
        WatchOffersRequest.newBuilder().setSwarmId(settings.swarm()).setSessionId(sessionId).setResumeAfterSequence(sequence).build();
    try {
      Iterator<WatchOffersResponse> heard = clients.claims().watchOffers(request);
      while (heard.hasNext()) {
        hear(heard.next());
      }
    } catch (RuntimeException ended) {
      listener.onMissed();
      if (is(ended, ErrorCode.ERROR_CODE_SWARM_NOT_FOUND)) {
        listener.onUnregistered();
        return;
      }
      if (!closing && !is(ended, ErrorCode.ERROR_CODE_SESSION_NOT_FOUND)) {
        throw ended; // and tried again after a pause that grows
      }
    }
  }

  private void hear(WatchOffersResponse response) {
    if (response.getMissed()) {
      listener.onMissed();
    } else if (!response.getOffer().hasResumption()) {
      listener.onOffer(response.getOffer());
    } else if (response.getOffer().getRevision() > revision) { // what went on before was taken back with the session of then, or inherited
      listener.onResumed(response.getOffer().getResumption());
    }
    sequence = response.getSequence();
  }

  private static boolean is(RuntimeException failure, ErrorCode code) {
    return Errors.refusalOf(failure).filter(refusal -> refusal.code() == code).isPresent();
  }

  /** Ends the session; what it still holds goes back. */
  @Override
  public void close() {
    closing = true;
    heartbeat.close();
    try {
      clients
          .sessions()
          .closeSession(
              CloseSessionRequest.newBuilder().setRequestId(Requests.newId()).setSwarmId(settings.swarm()).setSessionId(sessionId).build());
    } catch (RuntimeException away) {
      // It ends by itself when its time to live is over.
    }
    offers.close();
  }
}
