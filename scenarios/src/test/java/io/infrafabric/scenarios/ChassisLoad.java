package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.infrafabric.chassis.v1.Contract;
import io.infrafabric.chassis.v1.LoadSwarmRequest;
import io.infrafabric.coordinator.v1.Attempt;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.RefusedException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** An orchestrator that submits files to be counted all the time, and the swarm in the chassis that counts them. */
final class ChassisLoad implements AutoCloseable {
  private static final AtomicInteger LOADS = new AtomicInteger();
  private static final Duration BETWEEN_TASKS = Duration.ofMillis(100);
  private static final long GRANT_MICROS = 1_000_000_000;
  private static final long MAX_COST_MICROS = 100_000;
  private static final int AT_ONCE = 3;
  private static final int ATTEMPTS = 20;
  private static final int WAITING_AT_MOST = 30;
  private static final int ASKED_AT_ONCE = 10;

  /** So many that the module is busy for a while. */
  private static final int LINES = 600;

  private final RunningFabric running;
  private final String swarm = "counter-" + LOADS.incrementAndGet();
  private final LoadLog log = new LoadLog();
  private final CountDownLatch lastTask = new CountDownLatch(1);
  private final CountDownLatch givenUp = new CountDownLatch(1);
  private final Patience patience = new Patience(log, givenUp);
  private final AtomicInteger number = new AtomicInteger();

  /** How many lines each of the submitted tasks has. */
  private final Map<String, Integer> lines = new ConcurrentHashMap<>();

  /** Those of them that are not known to be done, oldest first. */
  private final Queue<String> open = new ConcurrentLinkedQueue<>();

  private final Thread submitter;

  private ChassisLoad(RunningFabric running) {
    this.running = running;
    running.client().register(swarm, GRANT_MICROS, 2 * AT_ONCE, capability());
    Contract contract =
        Contract.newBuilder()
            .setSwarmId(swarm)
            .addCapabilities(capability())
            .setMaxConcurrent(AT_ONCE)
            .setCostPerCpuSecondMicros(20_000)
            .build();
    running
        .client()
        .contracts()
        .loadSwarm(LoadSwarmRequest.newBuilder().setRequestId(FabricClient.request()).setContract(contract).setModule(Modules.census()).build());
    submitter = Thread.ofVirtual().start(this::submit);
  }

  static ChassisLoad start(RunningFabric running) {
    return new ChassisLoad(running);
  }

  private String capability() {
    return "code:" + swarm;
  }

  /** Waits for so many more tasks to be done. */
  void awaitProgress(int more, Duration patience) {
    int before = done();
    await("%d more than %d by %s".formatted(more, before, swarm)).atMost(patience).until(() -> done() >= before + more);
  }

  /** How many tasks are known to be done; asks for a few of the oldest others, as far as the coordinator answers. */
  private synchronized int done() {
    List<String> oldest = open.stream().limit(ASKED_AT_ONCE).toList();
    try {
      oldest.stream().filter(task -> running.client().task(task).hasCompleted()).forEach(open::remove);
    } catch (StatusRuntimeException away) {
      // Those that were asked before count.
    }
    return lines.size() - open.size();
  }

  /** The tasks that the swarm holds now. */
  List<String> held() {
    return open.stream()
        .filter(task -> running.client().task(task).getClaimed().getSwarmId().equals(swarm))
        .toList();
  }

  /** Submits no more, and waits until all that was submitted is done. */
  void finish(Duration patience) throws InterruptedException {
    lastTask.countDown();
    submitter.join(patience);
    await("all of %d done by %s".formatted(lines.size(), swarm)).atMost(patience).until(() -> done() == lines.size());
  }

  /** Holds the fabric to its word: every task was counted and completed once, and paid once. */
  void judge() throws Exception {
    assertThat(log.surprises()).as("answers that no client should hear").isEmpty();
    Judgement.history(running, log.submitted());
    Judgement.completedOnce(running, log.submitted());
    long earnedMicros = 0;
    for (String id : log.submitted()) {
      Task task = running.client().task(id);
      assertThat(task.getCompleted().getResult().toStringUtf8()).contains("\"lines\":" + lines.get(id));
      assertThat(task.getAttemptsList().stream().filter(attempt -> attempt.getEnd() == ClaimEnd.CLAIM_END_COMPLETED)).as("completions of %s", id).hasSize(1);
      earnedMicros += task.getAttemptsList().stream().mapToLong(Attempt::getCostMicros).sum();
    }
    assertThat(earnedMicros).as("the cost of it all").isPositive();
    Judgement.books(running, swarm, GRANT_MICROS, earnedMicros);
  }

  @Override
  public void close() throws InterruptedException {
    lastTask.countDown();
    givenUp.countDown();
    submitter.join();
  }

  /** Submits so many at once, beside those that come all the time. */
  void burst(int tasks) throws InterruptedException {
    for (int i = 0; i < tasks; i++) {
      submitOne();
    }
  }

  private void submit() {
    try {
      while (!lastTask.await(BETWEEN_TASKS.toMillis(), TimeUnit.MILLISECONDS)) {
        if (lines.size() - done() < WAITING_AT_MOST) {
          submitOne();
        }
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private void submitOne() throws InterruptedException {
    int i = number.incrementAndGet();
    String task = swarm + "-" + i;
    int lineCount = LINES + i;
    TaskSpec spec =
        TaskSpec.newBuilder()
            .setTaskId(task)
            .addRequiredCapabilities(capability())
            .setMaxCostMicros(MAX_COST_MICROS)
            .setMaxAttempts(ATTEMPTS)
            .setPayload(ByteString.copyFromUtf8(task + ".java\n" + "a line\n".repeat(lineCount)))
            .build();
    SubmitTaskRequest request = SubmitTaskRequest.newBuilder().setRequestId(FabricClient.request()).setSpec(spec).build();
    try {
      patience.untilAnswered("SubmitTask", () -> running.client().tasks().submitTask(request));
      open.add(task);
      lines.put(task, lineCount);
      log.submitted(task);
    } catch (RefusedException refused) {
      log.surprise("SubmitTask of " + task + ": " + refused.getMessage());
    }
  }
}
