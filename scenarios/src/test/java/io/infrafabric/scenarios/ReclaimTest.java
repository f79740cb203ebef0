package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.CloseSessionRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Swarms that die, leave or are replaced while they hold a claim. */
@ExtendWith(SharedFabric.class)
class ReclaimTest {
  private static final Duration TTL = Duration.ofSeconds(2);
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final long CAP_MICROS = 1_000;

  private final RunningFabric fabric;
  private final FabricClient client;
  private final String skill = Unique.capability();
  private final String mortal = Unique.id("mortal");
  private final String heir = Unique.id("heir");
  private final String task = Unique.id("inherited");
  private String session;
  private String heirSession;

  ReclaimTest(RunningFabric fabric) {
    this.fabric = fabric;
    this.client = fabric.client();
  }

  @BeforeEach
  void twoSwarmsAndATask() {
    client.register(mortal, 1_000_000, 10, skill);
    client.register(heir, 1_000_000, 10, skill);
    session = client.open(mortal, TTL);
    heirSession = client.open(heir, Duration.ofMinutes(1));
    client.submit(spec(task, 2));
  }

  private TaskSpec spec(String id, int attempts) {
    return TaskSpec.newBuilder().setTaskId(id).addRequiredCapabilities(skill).setMaxCostMicros(CAP_MICROS).setMaxAttempts(attempts).build();
  }

  private Claim inherit() {
    return await().atMost(SOON).pollInterval(Duration.ofMillis(50)).ignoreExceptions().until(() -> client.claim(task, heir, heirSession), claim -> true);
  }

  @Test
  void claimOfADeadSwarm_goesToAnother_andTheDeadOnesCompletionIsRefused() {
    Claim lost = client.claim(task, mortal, session);
    assertThat(Refused.by(() -> client.claim(task, heir, heirSession)).code()).isEqualTo(ErrorCode.ERROR_CODE_ALREADY_CLAIMED);
    assertThat(client.account(mortal).getCommittedMicros()).isEqualTo(CAP_MICROS);

    Claim inherited = inherit();
    assertThat(inherited.getFence()).isGreaterThan(lost.getFence());
    assertThat(inherited.getAttempt()).isEqualTo(2);
    assertThat(Refused.by(() -> client.complete(lost, "from the grave", 0)).code()).isEqualTo(ErrorCode.ERROR_CODE_STALE_FENCE);
    client.complete(inherited, "by the heir", 0);
    assertThat(Refused.by(() -> client.complete(lost, "from the grave", 0)).code()).isEqualTo(ErrorCode.ERROR_CODE_STALE_FENCE);

    Task done = client.task(task);
    assertThat(done.getCompleted().getResult().toStringUtf8()).isEqualTo("by the heir");
    assertThat(done.getAttempts(0).getEnd()).isEqualTo(ClaimEnd.CLAIM_END_LOST);
    assertThat(client.account(mortal).getCommittedMicros()).isZero();
    assertThat(TaskHistory.of(fabric).of(task)).filteredOn(Task::hasClaimed).hasSize(2);
  }

  @Test
  void deathAtTheLastAttempt_quarantinesTheTask() {
    String last = Unique.id("inherited");
    client.submit(spec(last, 1));
    client.claim(last, mortal, session);
    await().atMost(SOON).until(() -> client.task(last).hasQuarantined());
    assertThat(Refused.by(() -> client.claim(last, heir, heirSession)).code()).isEqualTo(ErrorCode.ERROR_CODE_TASK_ENDED);
  }

  @Test
  void swarmThatShowsLife_keepsItsClaimWhileAnotherOfTheSameAgeDies() {
    String living = Unique.id("living");
    client.register(living, 1_000_000, 10, skill);
    String itsSession = client.open(living, TTL);
    String kept = Unique.id("kept");
    client.submit(spec(kept, 2));
    Claim claim = client.claim(kept, living, itsSession);
    client.claim(task, mortal, session);
    try (var pulse = Executors.newSingleThreadScheduledExecutor()) {
      KeepAliveRequest alive = KeepAliveRequest.newBuilder().setSwarmId(living).setSessionId(itsSession).build();
      pulse.scheduleAtFixedRate(() -> client.sessions().keepAlive(alive), 0, TTL.toMillis() / 4, TimeUnit.MILLISECONDS);
      inherit();
      client.complete(claim, "still here", 0);
      pulse.shutdownNow();
    }
  }

  @Test
  void closedSession_givesItsClaimsBackAtOnce() {
    String lasting = client.open(mortal, Duration.ofMinutes(5));
    client.claim(task, mortal, lasting);
    client
        .sessions()
        .closeSession(CloseSessionRequest.newBuilder().setRequestId(FabricClient.request()).setSwarmId(mortal).setSessionId(lasting).build());
    assertThat(inherit().getAttempt()).isEqualTo(2);
  }

  @Test
  void replacedSession_losesItsClaimsAndItsName() {
    String lasting = client.open(mortal, Duration.ofMinutes(5));
    Claim lost = client.claim(task, mortal, lasting);
    String fresh = client.open(mortal, Duration.ofMinutes(5));
    assertThat(Refused.by(() -> client.claim(task, mortal, lasting)).code()).isEqualTo(ErrorCode.ERROR_CODE_SESSION_NOT_FOUND);
    Claim again = await().atMost(SOON).ignoreExceptions().until(() -> client.claim(task, mortal, fresh), claim -> claim.getFence() > lost.getFence());
    assertThat(again.getAttempt()).isEqualTo(2);
    assertThat(Refused.by(() -> client.complete(lost, "of the old one", 0)).code()).isEqualTo(ErrorCode.ERROR_CODE_STALE_FENCE);
  }
}
