package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.SubmitTasksRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Ten swarms want each of a hundred tasks, over two coordinators, ten times over: 10,000 attempts (C3, I1, I3, I5). */
@ExtendWith(SharedFabric.class)
@Alone
class ClaimRaceTest {
  private static final int ROUNDS = 10;
  private static final int SWARMS = 10;
  private static final int TASKS = 100;

  private final RunningFabric fabric;

  ClaimRaceTest(RunningFabric fabric) {
    this.fabric = fabric;
  }

  @Test
  void eachOfAHundredTasks_isWonByExactlyOneOfTenSwarms_inEachOfTenRounds() throws Exception {
    Map<String, Claim> winners = new HashMap<>();
    int lost = 0;
    try (FabricClient other = fabric.clientOf(1)) {
      for (int round = 0; round < ROUNDS; round++) {
        lost += race(List.of(fabric.client(), other), winners);
      }
    }
    assertThat(winners).hasSize(ROUNDS * TASKS);
    assertThat(lost).isEqualTo(ROUNDS * TASKS * (SWARMS - 1));

    TaskHistory history = TaskHistory.of(fabric);
    winners.forEach(
        (task, won) -> {
          List<Task> held = history.of(task).stream().filter(Task::hasClaimed).toList();
          assertThat(held).as("claimed versions of %s", task).hasSize(1);
          assertThat(held.getFirst().getClaimed().getSwarmId()).isEqualTo(won.getSwarmId());
          assertThat(held.getFirst().getClaimed().getClaimId()).isEqualTo(won.getClaimId());
          assertThat(held.getFirst().getRevision()).as("the fence of %s", task).isEqualTo(won.getFence());
        });
  }

  /** A round with new tasks and swarms; how many attempts were clean losses. */
  private int race(List<FabricClient> doors, Map<String, Claim> winners) throws InterruptedException {
    String skill = Unique.capability();
    List<String> tasks = IntStream.range(0, TASKS).mapToObj(i -> Unique.id("race")).toList();
    SubmitTasksRequest.Builder all = SubmitTasksRequest.newBuilder().setRequestId(FabricClient.request());
    tasks.forEach(task -> all.addSpecs(TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(skill).setMaxCostMicros(1_000)));
    fabric.client().tasks().submitTasks(all.build());
    Map<String, String> sessions = new HashMap<>();
    for (int i = 0; i < SWARMS; i++) {
      String swarm = Unique.id("racer");
      fabric.client().register(swarm, 10_000_000, 200, skill);
      sessions.put(swarm, fabric.client().open(swarm, Duration.ofMinutes(1)));
    }
    List<Callable<Claim>> calls = new ArrayList<>();
    for (String task : tasks) {
      sessions.forEach((swarm, session) -> calls.add(() -> doors.get(swarm.hashCode() & 1).claim(task, swarm, session)));
    }
    Race<Claim> race = Race.of(calls);

    assertThat(race.answers()).hasSize(TASKS).extracting(Claim::getTaskId).containsExactlyInAnyOrderElementsOf(tasks);
    assertThat(race.refusals()).hasSize(TASKS * SWARMS - TASKS);
    assertThat(race.codes()).containsExactly(ErrorCode.ERROR_CODE_ALREADY_CLAIMED);
    race.answers().forEach(claim -> winners.put(claim.getTaskId(), claim));
    assertThat(race.refusals())
        .allSatisfy(refusal -> assertThat(refusal.metadata()).containsEntry("holder", winners.get(refusal.metadata().get("task_id")).getSwarmId()));
    return race.refusals().size();
  }
}
