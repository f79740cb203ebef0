package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorType;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.SubmitTasksRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.names.Headers;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** C10: ten thousand pushes to ten receivers, told by the receivers: none lost, none doubled, each receiver's in order. */
@Alone
class PushTest {
  private static final int RECEIVERS = 10;
  private static final int PUSHES = 10_000;
  private static final int CHUNK = 500;
  private static final int WORKERS = 8;
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** Nobody is rung twice because the machine is slow: that would be a new offer, not a doubled one. */
  private static final String OFFER_TIMEOUT = "10m";

  @Test
  void tenThousandPushes_reachTheirReceivers_onceAndInOrder() throws Exception {
    try (RunningFabric running = RunningFabric.startWithoutChassis("IF_OFFER_TIMEOUT", OFFER_TIMEOUT)) {
      List<Receiver> receivers = new ArrayList<>();
      try {
        for (int i = 0; i < RECEIVERS; i++) {
          receivers.add(new Receiver(running, i));
        }
        for (int from = 0; from < PUSHES; from += CHUNK) {
          submit(running, from);
        }
        await("all of them done").atMost(PATIENCE).until(() -> receivers.stream().mapToInt(receiver -> receiver.done.get()).sum() == PUSHES);
        receivers.forEach(Receiver::judge);
        print(receivers);
      } finally {
        for (Receiver receiver : receivers) {
          receiver.close();
        }
      }
    }
  }

  private static void submit(RunningFabric running, int from) {
    SubmitTasksRequest.Builder chunk = SubmitTasksRequest.newBuilder().setRequestId(FabricClient.request());
    for (int i = from; i < from + CHUNK; i++) {
      chunk.addSpecs(TaskSpec.newBuilder().setTaskId(task(i)).addRequiredCapabilities(capability(i % RECEIVERS)));
    }
    running.client().tasks().submitTasks(chunk.build());
  }

  /** Ids grow as the tasks do. */
  private static String task(int number) {
    return "push-%05d".formatted(number);
  }

  private static String capability(int receiver) {
    return "push:only-" + receiver;
  }

  private static void print(List<Receiver> receivers) {
    long[] micros = receivers.stream().flatMapToLong(receiver -> receiver.heard.stream().mapToLong(Heard::micros)).sorted().toArray();
    System.out.printf(
        "%d pushes to %d receivers, ring to receiver: p50 %.2f p95 %.2f p99 %.2f ms%n",
        micros.length, RECEIVERS, micros[micros.length / 2] / 1e3, micros[micros.length * 95 / 100] / 1e3, micros[micros.length * 99 / 100] / 1e3);
    assertThat(Arrays.stream(micros).count()).isEqualTo(PUSHES);
  }

  /**
   * @param micros from when it was rung to when it was heard
   */
  private record Heard(Offer offer, String messageId, long micros) {}

  /** A swarm that notes every doorbell, and claims and completes what was offered so that the next one may ring. */
  private static final class Receiver implements AutoCloseable {
    final List<Heard> heard = new CopyOnWriteArrayList<>();
    final AtomicInteger done = new AtomicInteger();
    private final BlockingQueue<Offer> work = new LinkedBlockingQueue<>();
    private final CountDownLatch stop = new CountDownLatch(1);
    private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
    private final RunningFabric running;
    private final int number;
    private final String swarm;
    private final String session;
    private final Connection connection;

    Receiver(RunningFabric running, int number) throws IOException, InterruptedException {
      this.running = running;
      this.number = number;
      this.swarm = "receiver-" + number;
      running.client().register(swarm, 0, WORKERS, capability(number));
      this.session = running.client().open(swarm, Duration.ofMinutes(5));
      this.connection = Nats.connect(running.fabric().nats().address());
      connection.createDispatcher(this::hear).subscribe(Subjects.offer(new SwarmId(swarm)));
      try {
        connection.flush(Duration.ofSeconds(10));
      } catch (java.util.concurrent.TimeoutException slow) {
        throw new IOException("NATS does not take the subscription", slow);
      }
      workers.execute(this::live);
      for (int i = 0; i < WORKERS; i++) {
        workers.execute(this::work);
      }
    }

    private void hear(Message message) {
      Instant now = Instant.now();
      Instant rung = Instant.parse(message.getHeaders().getFirst(Headers.CE_TIME));
      Offer offer = Multitude.offer(message);
      heard.add(new Heard(offer, message.getHeaders().getFirst(Headers.MESSAGE_ID), Duration.between(rung, now).toNanos() / 1_000));
      work.add(offer);
    }

    private void work() {
      try {
        while (stop.getCount() > 0) {
          Offer offer = work.poll(100, TimeUnit.MILLISECONDS);
          if (offer != null) {
            Claim claim = answered(() -> claim(offer));
            answered(() -> running.client().complete(claim, "done", 0));
            done.incrementAndGet();
          }
        }
      } catch (InterruptedException ended) {
        Thread.currentThread().interrupt();
      }
    }

    private Claim claim(Offer offer) {
      return running.client().claim(offer.getTaskId(), swarm, session);
    }

    /** Waits where the fabric asks for patience; anything else is a failure, which the test hears as work that is not done. */
    private <T> T answered(Supplier<T> call) throws InterruptedException {
      while (true) {
        try {
          return call.get();
        } catch (StatusRuntimeException failure) {
          Refusal refusal = Errors.refusalOf(failure).orElseThrow(() -> failure);
          if (refusal.traits().getType() != ErrorType.ERROR_TYPE_INSUFFICIENT || stop.await(50, TimeUnit.MILLISECONDS)) {
            throw failure;
          }
        }
      }
    }

    private void live() {
      KeepAliveRequest alive = KeepAliveRequest.newBuilder().setSwarmId(swarm).setSessionId(session).build();
      try {
        while (!stop.await(30, TimeUnit.SECONDS)) {
          running.client().sessions().keepAlive(alive);
        }
      } catch (InterruptedException ended) {
        Thread.currentThread().interrupt();
      }
    }

    void judge() {
      List<String> tasks = heard.stream().map(one -> one.offer().getTaskId()).toList();
      List<String> mine = new ArrayList<>();
      for (int i = number; i < PUSHES; i += RECEIVERS) {
        mine.add(task(i));
      }
      assertThat(tasks).as("what " + swarm + " heard, in order").isEqualTo(mine);
      Map<String, Integer> ids = new HashMap<>();
      heard.forEach(one -> ids.merge(one.messageId(), 1, Integer::sum));
      assertThat(ids.values()).as("how often each message came").containsOnly(1);
    }

    @Override
    public void close() throws InterruptedException {
      stop.countDown();
      workers.close();
      connection.close();
    }
  }
}
