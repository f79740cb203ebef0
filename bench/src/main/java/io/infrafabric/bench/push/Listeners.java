package io.infrafabric.bench.push;

import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.Nats;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Connected swarms: each with a subscription on its doorbell and one for bare messages, a thousand swarms a connection. */
final class Listeners implements AutoCloseable {
  private static final int SWARMS_OF_A_CONNECTION = 1_000;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final String server;
  private final Consumer<Message> onDoorbell;
  private final Consumer<Message> onBare;
  private final List<Connection> connections = new ArrayList<>();
  private Dispatcher doorbells;
  private Dispatcher bare;
  private int count;

  Listeners(String server, Consumer<Message> onDoorbell, Consumer<Message> onBare) {
    this.server = server;
    this.onDoorbell = onDoorbell;
    this.onBare = onBare;
  }

  /** Connects more, until there are so many. */
  void grow(int swarms) throws IOException, InterruptedException, TimeoutException {
    for (; count < swarms; count++) {
      if (count % SWARMS_OF_A_CONNECTION == 0) {
        Connection connection = Nats.connect(server);
        connections.add(connection);
        doorbells = connection.createDispatcher(onDoorbell::accept);
        bare = connection.createDispatcher(onBare::accept);
      }
      doorbells.subscribe(Subjects.offer(new SwarmId(swarm(count))));
      bare.subscribe(bareSubject(count));
    }
    for (Connection connection : connections) {
      connection.flush(PATIENCE);
    }
  }

  static String swarm(int number) {
    return "push-" + number;
  }

  static String bareSubject(int number) {
    return "bench.bare." + number;
  }

  @Override
  public void close() throws InterruptedException {
    for (Connection connection : connections) {
      connection.close();
    }
  }
}
