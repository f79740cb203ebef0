package io.infrafabric.bench.rival;

import io.infrafabric.local.NatsServer;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.PublishOptions;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.PublishAck;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/** A bare work queue of JetStream: each worker fetches one message, acknowledges it, and waits for the server's answer to that. */
final class JetStreamJobs implements Rival {
  private static final String STREAM = "RIVAL";
  private static final String SUBJECT = "rival.job";
  private static final int WORKERS_OF_A_CONNECTION = 16;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration FETCH = Duration.ofMillis(500);

  private final NatsServer server;
  private final boolean synced;
  private final Connection producer;
  private final List<Connection> connections = new ArrayList<>();
  private final byte[] body = new byte[256];

  private JetStreamJobs(NatsServer server, Connection producer) {
    this.server = server;
    this.synced = server.syncsAlways();
    this.producer = producer;
  }

  static JetStreamJobs start(Path folder) throws Exception {
    NatsServer server = NatsServer.in(folder);
    server.start();
    try {
      return new JetStreamJobs(server, Nats.connect(server.address()));
    } catch (Exception e) {
      server.stop();
      throw e;
    }
  }

  @Override
  public String name() {
    return "JetStream";
  }

  @Override
  public String versions() {
    return "nats-server %s, jnats %s".formatted(server.version(), Nats.CLIENT_VERSION);
  }

  @Override
  public String durable() {
    return synced
        ? "a publish is answered after it was synced (sync_interval: always); an acknowledgement deletes the message, and which"
            + " worker has a message is not kept on disk"
        : "nothing is synced before it is answered: nats-server %s has no sync_interval: always (2.10 and later have), it syncs every"
                .formatted(server.version())
            + " two minutes; a loss of power loses what came since";
  }

  @Override
  public long round(Load load) throws Exception {
    while (connections.size() * WORKERS_OF_A_CONNECTION < load.workers()) {
      connections.add(Nats.connect(server.address()));
    }
    producer
        .jetStreamManagement()
        .addStream(
            StreamConfiguration.builder()
                .name(STREAM)
                .subjects(SUBJECT)
                .retentionPolicy(RetentionPolicy.WorkQueue)
                .storageType(StorageType.File)
                .build());
    producer
        .jetStreamManagement()
        .addOrUpdateConsumer(
            STREAM, ConsumerConfiguration.builder().durable("workers").ackPolicy(AckPolicy.Explicit).maxAckPending(10_000).build());
    CountDownLatch open = new CountDownLatch(load.jobs());
    Crew crew = new Crew();
    for (int i = 0; i < load.workers(); i++) {
      JetStreamSubscription subscription =
          connections.get(i / WORKERS_OF_A_CONNECTION).jetStream().subscribe(null, PullSubscribeOptions.bind(STREAM, "workers"));
      crew.add(() -> work(subscription, open));
    }
    long begin = System.nanoTime();
    crew.begin();
    Producers.run(load, (from, count) -> publish(count));
    crew.await(open);
    long nanos = System.nanoTime() - begin;
    crew.end();
    producer.jetStreamManagement().deleteStream(STREAM);
    return nanos;
  }

  private void work(JetStreamSubscription subscription, CountDownLatch open) throws Exception {
    while (open.getCount() > 0) {
      for (Message message : subscription.fetch(1, FETCH)) {
        message.ackSync(PATIENCE);
        open.countDown();
      }
    }
    subscription.unsubscribe();
  }

  private void publish(int count) throws Exception {
    JetStream stream = producer.jetStream();
    List<CompletableFuture<PublishAck>> acks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      acks.add(stream.publishAsync(SUBJECT, body, PublishOptions.builder().expectedStream(STREAM).build()));
    }
    for (CompletableFuture<PublishAck> ack : acks) {
      ack.get();
    }
  }

  @Override
  public void close() throws InterruptedException {
    for (Connection connection : connections) {
      connection.close();
    }
    producer.close();
    server.stop();
  }
}
