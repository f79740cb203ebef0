package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import java.time.Duration;
import java.time.Instant;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** One task, ten thousand swarms that could do it: it wakes up a handful. */
@Alone
class HerdTest {
  private static final int SWARMS = 10_000;
  private static final int MOST_CLAIMS = 5;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration WINDOW = Duration.ofSeconds(6);
  private static final String SKILL = "herd:work";

  @Test
  void oneTask_causesAtMostFiveClaimTransactionsOfTenThousandSwarms() throws Exception {
    Queue<Claim> won = new ConcurrentLinkedQueue<>();
    Queue<Refusal> refused = new ConcurrentLinkedQueue<>();
    AtomicReference<Multitude> herd = new AtomicReference<>();
    try (RunningFabric running = RunningFabric.startWithoutChassis();
        Multitude all = Multitude.connect(running, "herd", SWARMS, SKILL, offer -> claim(running, herd.get(), offer, won, refused))) {
      herd.set(all);
      long idle = transactionsOfAWindow(running, () -> {});
      long busy =
          transactionsOfAWindow(
              running, () -> running.client().submit(TaskSpec.newBuilder().setTaskId("herd-1").addRequiredCapabilities(SKILL).build()));
      await("the answers to all").atMost(PATIENCE).until(() -> !won.isEmpty() && won.size() + refused.size() == all.doorbells().size());
      System.out.printf(
          "%d swarms, one task: %d doorbells, %d won, %d refused; etcd had %d transactions in %d s, %d in as long without the task%n",
          SWARMS, all.doorbells().size(), won.size(), refused.size(), busy, WINDOW.toSeconds(), idle);
      assertThat(won).hasSize(1);
      assertThat(all.doorbells().size()).as("doorbells, and so claims").isBetween(1, MOST_CLAIMS);
      assertThat(busy - idle).as("transactions: the submit, the claims, the cursors of the relays, the heads of the witness log").isLessThanOrEqualTo(3L * MOST_CLAIMS);
    }
  }

  private static void claim(RunningFabric running, Multitude herd, Offer offer, Queue<Claim> won, Queue<Refusal> refused) {
    try {
      won.add(running.client().claim(offer.getTaskId(), offer.getSwarmId(), herd.session(offer.getSwarmId())));
    } catch (io.grpc.StatusRuntimeException lost) {
      refused.add(Errors.refusalOf(lost).orElseThrow(() -> lost));
    }
  }

  /** Lets something happen and answers what etcd has to do in a window of time from then on, elections and all. */
  private static long transactionsOfAWindow(RunningFabric running, Runnable event) throws Exception {
    long before = EtcdCounters.transactions(running);
    Instant end = Instant.now().plus(WINDOW);
    event.run();
    await().atMost(PATIENCE).until(() -> Instant.now().isAfter(end));
    return EtcdCounters.transactions(running) - before;
  }
}
