package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.InvalidProtocolBufferException;
import io.infrafabric.coordinator.v1.Attempt;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.GetAccountResponse;
import io.infrafabric.names.Keys;
import io.infrafabric.testkit.history.HistoryRules;
import io.infrafabric.testkit.history.Version;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Holds the fabric to what it told the clients of a load, by etcd's own history and by the books. */
final class Judgement {
  private static final Duration BOOKED_WITHIN = Duration.ofSeconds(60);

  private final RunningFabric running;
  private final Load load;

  private Judgement(RunningFabric running, Load load) {
    this.running = running;
    this.load = load;
  }

  /** Judges a load that is finished. */
  static void of(RunningFabric running, Load load) throws InvalidProtocolBufferException {
    of(running, load, Set.of());
  }

  /**
   * Judges a load that is finished.
   *
   * @param planted keys of tasks at which no service has written
   */
  static void of(RunningFabric running, Load load, Set<String> planted) throws InvalidProtocolBufferException {
    Judgement judgement = new Judgement(running, load);
    assertThat(load.log().surprises()).as("answers that no client should hear").isEmpty();
    List<Version> written = running.history(Keys.DEFAULT_ROOT); // read once: it is long
    history(written, load.log().submitted(), planted);
    completedOnce(TaskHistory.of(written), load.log().submitted());
    judgement.books(written, judgement.tasks());
  }

  /** I1 to I6: no double claim, no loss, fences grow, nothing stale has effect, the end is the end. */
  static void history(RunningFabric running, Set<String> acknowledged) {
    history(running.history(new Keys().tasks()), acknowledged, Set.of());
  }

  private static void history(List<Version> written, Set<String> acknowledged, Set<String> planted) {
    List<Version> tasks = written.stream().filter(version -> version.key().startsWith(new Keys().tasks()) && !planted.contains(version.key())).toList();
    assertThat(HistoryRules.judgeQuiet(tasks, acknowledged)).as("violations in etcd's history").isEmpty();
  }

  /** By etcd's history each of the tasks was completed, and not twice. */
  static void completedOnce(RunningFabric running, Set<String> tasks) {
    completedOnce(TaskHistory.of(running), tasks);
  }

  private static void completedOnce(TaskHistory history, Set<String> tasks) {
    assertThat(tasks).allSatisfy(task -> assertThat(history.completions(task)).as("completions of %s in etcd's history", task).isEqualTo(1));
  }

  /** Every acknowledged task was completed once, by whom and as it was acknowledged; answers what each swarm is to be paid. */
  private Map<String, Long> tasks() {
    Map<String, Long> earned = new HashMap<>();
    for (String id : load.log().submitted()) {
      Task task = running.client().task(id);
      assertThat(task.hasCompleted()).as("task %s is completed", id).isTrue();
      List<Attempt> completions =
          task.getAttemptsList().stream().filter(attempt -> attempt.getEnd() == ClaimEnd.CLAIM_END_COMPLETED).toList();
      assertThat(completions).as("completions of %s", id).hasSize(1);
      Attempt done = completions.getFirst();
      assertThat(done.getCostMicros()).isEqualTo(Load.costMicros(id));
      earned.merge(done.getSwarmId(), done.getCostMicros(), Long::sum);
      told(done, load.log().completed().get(id));
    }
    for (Claim lost : load.log().lost()) {
      assertThat(running.client().task(lost.getTaskId()).getCompleted().getClaim().getFence())
          .as("%s was told that its claim of %s is lost", lost.getSwarmId(), lost.getTaskId())
          .isNotEqualTo(lost.getFence());
    }
    return earned;
  }

  private static void told(Attempt done, LoadLog.Completion told) {
    if (told != null) {
      assertThat(done.getFence()).as("fence of the completion of %s", told.task()).isEqualTo(told.fence());
      assertThat(done.getSwarmId()).isEqualTo(told.swarm());
    }
  }

  private void books(List<Version> written, Map<String, Long> earned) throws InvalidProtocolBufferException {
    for (String swarm : load.swarms()) {
      books(written, running, swarm, Load.GRANT_MICROS, earned.getOrDefault(swarm, 0L));
    }
  }

  /** I7 and I8: what was granted is credit or spent, every cost was booked once, nothing stays promised. */
  static void books(RunningFabric running, String swarm, long grantedMicros, long earnedMicros) throws InvalidProtocolBufferException {
    books(running.history(Keys.DEFAULT_ROOT), running, swarm, grantedMicros, earnedMicros);
  }

  private static void books(List<Version> written, RunningFabric running, String swarm, long grantedMicros, long earnedMicros) throws InvalidProtocolBufferException {
    assertThat(MoneyHistory.of(written, swarm).overdrafts()).as("moments at which %s had promised too much", swarm).isEmpty();
    await("the books of " + swarm)
        .atMost(BOOKED_WITHIN)
        .untilAsserted(
            () -> {
              GetAccountResponse books = running.client().account(swarm);
              Account account = books.getAccount();
              assertThat(account.getSettledMicros()).as("settled").isEqualTo(earnedMicros);
              assertThat(account.getGrantedMicros()).as("granted").isEqualTo(grantedMicros);
              assertThat(account.getCreditMicros()).as("credit").isEqualTo(account.getGrantedMicros() - account.getSettledMicros());
              assertThat(books.getCommittedMicros()).as("committed").isZero();
            });
  }
}
