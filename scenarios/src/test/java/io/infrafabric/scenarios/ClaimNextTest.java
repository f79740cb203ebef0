package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.Priority;
import io.infrafabric.coordinator.v1.TaskSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Swarms that pull instead of listening. */
@ExtendWith(SharedFabric.class)
class ClaimNextTest {
  private final RunningFabric fabric;
  private final FabricClient client;
  private final String skill = Unique.capability();
  private final String swarm = Unique.id("puller");
  private String session;

  ClaimNextTest(RunningFabric fabric) {
    this.fabric = fabric;
    this.client = fabric.client();
  }

  @BeforeEach
  void register() {
    client.register(swarm, 1_000_000, 100, skill);
    session = client.open(swarm, Duration.ofMinutes(1));
  }

  private String submit(Priority priority) {
    String task = Unique.id("pulled");
    client.submit(TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(skill).setPriority(priority).build());
    return task;
  }

  private Claim next(String request) {
    return next(client, request);
  }

  private Claim next(FabricClient door, String request) {
    return door
        .claims()
        .claimNext(ClaimNextRequest.newBuilder().setRequestId(request).setSwarmId(swarm).setSessionId(session).build())
        .getClaim();
  }

  @Test
  void oldestOfTheHighestPriority_comesFirst() {
    List<String> inOrder = new ArrayList<>();
    String low = submit(Priority.PRIORITY_LOW);
    String medium = submit(Priority.PRIORITY_UNSPECIFIED);
    inOrder.add(submit(Priority.PRIORITY_CRITICAL));
    String high = submit(Priority.PRIORITY_HIGH);
    inOrder.add(submit(Priority.PRIORITY_CRITICAL));
    inOrder.addAll(List.of(high, medium, low));
    List<String> got = inOrder.stream().map(any -> next(FabricClient.request()).getTaskId()).toList();
    assertThat(got).isEqualTo(inOrder);
    assertThat(Refused.by(() -> next(FabricClient.request())).code()).isEqualTo(ErrorCode.ERROR_CODE_NO_TASK_READY);
  }

  @Test
  void sameRequest_getsTheSameClaim() {
    submit(Priority.PRIORITY_MEDIUM);
    submit(Priority.PRIORITY_MEDIUM);
    String request = FabricClient.request();
    Claim first = next(request);
    Claim again = next(request);
    assertThat(again.getClaimId()).isEqualTo(first.getClaimId());
    assertThat(again.getFence()).isEqualTo(first.getFence());
    assertThat(next(FabricClient.request()).getTaskId()).isNotEqualTo(first.getTaskId());
  }

  @Test
  void sameRequestAtBothCoordinatorsAtOnce_getsOneClaim() throws Exception {
    int tasks = 20;
    IntStream.range(0, tasks).forEach(i -> submit(Priority.PRIORITY_MEDIUM));
    List<Callable<Claim>> calls = new ArrayList<>();
    try (FabricClient other = fabric.clientOf(1)) {
      for (int i = 0; i < tasks / 2; i++) {
        String request = FabricClient.request();
        calls.add(() -> next(client, request));
        calls.add(() -> next(other, request));
      }
      Race<Claim> race = Race.of(calls);
      assertThat(race.refusals()).isEmpty();
      assertThat(race.answers()).extracting(Claim::getClaimId).hasSize(tasks);
      assertThat(race.answers().stream().map(Claim::getClaimId).distinct()).hasSize(tasks / 2);
    }
  }

  @Test
  void manyAtOnce_getDifferentTasks() throws Exception {
    int tasks = 30;
    IntStream.range(0, tasks).forEach(i -> submit(Priority.PRIORITY_MEDIUM));
    Race<Claim> race = Race.of(IntStream.range(0, tasks).<Callable<Claim>>mapToObj(i -> () -> next(FabricClient.request())).toList());
    assertThat(race.refusals()).isEmpty();
    assertThat(race.answers()).extracting(Claim::getTaskId).doesNotHaveDuplicates().hasSize(tasks);
  }
}
