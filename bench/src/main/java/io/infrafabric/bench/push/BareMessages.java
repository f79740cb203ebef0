package io.infrafabric.bench.push;

import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.Nats;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.time.Duration;

/** The baselines: a message without anything around it, and a publish that a stream acknowledges, in memory and on disk. */
final class BareMessages implements AutoCloseable {
  /** As large as an offer with its headers. */
  private static final byte[] BODY = new byte[700];

  private final Connection connection;

  BareMessages(String server) throws IOException, InterruptedException, JetStreamApiException {
    connection = Nats.connect(server);
    stream("BENCH_MEMORY", "bench.memory", StorageType.Memory);
    stream("BENCH_DISK", "bench.disk", StorageType.File);
  }

  private void stream(String name, String subject, StorageType storage) throws IOException, JetStreamApiException {
    connection
        .jetStreamManagement()
        .addStream(
            StreamConfiguration.builder()
                .name(name)
                .subjects(subject)
                .storageType(storage)
                .maxBytes(16 << 20)
                .maxAge(Duration.ofMinutes(5))
                .build());
  }

  /** Sends one to a listener, which notes when it came. */
  void send(int listener) {
    connection.publish(Listeners.bareSubject(listener), BODY);
  }

  /** Nanoseconds until a stream in memory, or on disk, has acknowledged one. */
  long append(boolean inMemory) throws IOException, JetStreamApiException {
    long begin = System.nanoTime();
    connection.jetStream().publish(inMemory ? "bench.memory" : "bench.disk", BODY);
    return System.nanoTime() - begin;
  }

  @Override
  public void close() throws InterruptedException {
    connection.close();
  }
}
