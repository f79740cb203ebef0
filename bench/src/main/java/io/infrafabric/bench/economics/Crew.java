package io.infrafabric.bench.economics;

import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.Priority;
import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * All agents of a run: who has nothing to do, and which blockers are out of the way. The old way of help is here: every agent that has nothing to do
 * gets a task to help with each blocker, whatever it can do, in waves until one of them has solved it.
 */
final class Crew {
  /** Between two waves, in hours. */
  private static final double WAVE_HOURS = 0.1;

  /** As the policy of the old way allows. */
  private static final long HELP_CAP_MICROS = 50_000_000;

  private final Desk desk;
  private final SimulatedTime time;
  private final Map<String, Worker> workers = new ConcurrentHashMap<>();
  /** Jobs whose need has been met: nobody is stopped by it again. */
  private final Set<String> solved = ConcurrentHashMap.newKeySet();

  Crew(Desk desk, SimulatedTime time) {
    this.desk = desk;
    this.time = time;
  }

  void add(Worker worker) {
    workers.put(worker.member().id(), worker);
  }

  boolean isSolved(String job) {
    return solved.contains(job);
  }

  /** True for whoever solved it, which is one. */
  boolean solve(String job) {
    return solved.add(job);
  }

  /** Returns when somebody has solved what stops the job, or there is nobody left. */
  void helpBlindly(Job job, Blocker blocker) {
    Set<String> asked = new HashSet<>(Set.of(blocker.getSwarmId()));
    List<String> tasks = new ArrayList<>();
    while (!isSolved(job.id()) && asked.size() < workers.size()) {
      workers.values().stream()
          .filter(worker -> worker.isIdle() && !asked.contains(worker.member().id()))
          .toList()
          .forEach(
              worker -> {
                asked.add(worker.member().id());
                tasks.add(ask(job, blocker, worker.member()));
              });
      for (double waited = 0; waited < WAVE_HOURS && !isSolved(job.id()); waited += WAVE_HOURS / 20) {
        time.pass(WAVE_HOURS / 20);
      }
    }
    tasks.forEach(task -> desk.ask(() -> desk.tasks().cancelTask(CancelTaskRequest.newBuilder().setRequestId(desk.request()).setTaskId(task).setReason("it is solved").build())));
  }

  private String ask(Job job, Blocker blocker, Member member) {
    TaskSpec help =
        TaskSpec.newBuilder()
            .setTaskId("help-%s-%s".formatted(job.id(), member.id()))
            .addOwnerSwarmIds(member.id())
            .setPriority(Priority.PRIORITY_CRITICAL)
            .setMaxCostMicros(HELP_CAP_MICROS)
            .setMaxAttempts(1)
            .setTaskClass(job.kind().taskClass())
            .putLabels(SprintLedger.HELPS, job.id())
            .putLabels(SprintLedger.NEED, job.need().orElseThrow())
            .putLabels("blocker", blocker.getBlockerId())
            .build();
    SubmitTaskRequest request = SubmitTaskRequest.newBuilder().setRequestId(desk.request()).setSpec(help).build();
    desk.call(() -> desk.tasks().submitTask(request));
    return help.getTaskId();
  }
}
