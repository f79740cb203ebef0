package io.infrafabric.cli.demo.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.cli.demo.history.TaskVersion.Phase;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Completed;
import io.infrafabric.coordinator.v1.Ready;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ClaimHistoryTest {
  private static final Set<String> SUBMITTED = Set.of("t");

  @Test
  void judge_findsNothingInAGoodHistory() {
    var verdict = judge(open(2), held(3, "a", 3), held(4, "a", 3), open(5), held(6, "b", 6), completed(7, "b", 6));

    assertThat(verdict).isEqualTo(new ClaimHistory.Verdict(2, List.of(), List.of(), List.of()));
  }

  @Test
  void judge_findsASecondClaimWhileOneIsHeld() {
    var verdict = judge(open(2), held(3, "a", 3), held(4, "b", 4), completed(5, "b", 4));

    assertThat(verdict.doubleClaims()).containsExactly("t: claimed by swarm-b at 4 while held by swarm-a");
    assertThat(verdict.claims()).isEqualTo(2);
  }

  @Test
  void judge_findsAFenceThatDoesNotGrow() {
    var verdict = judge(open(2), held(3, "a", 9), open(4), held(5, "b", 5), completed(6, "b", 5));

    assertThat(verdict.breaches()).containsExactly("t at revision 5: fence 5 after 9");
  }

  @Test
  void judge_findsACompletionByWhoDoesNotHoldIt() {
    assertThat(judge(open(2), held(3, "a", 3), completed(4, "b", 3)).breaches()).hasSize(1);
    assertThat(judge(open(2), completed(3, "a", 3)).breaches()).hasSize(1);
  }

  @Test
  void judge_findsAChangeAfterTheEnd() {
    var verdict = judge(open(2), held(3, "a", 3), completed(4, "a", 3), open(5), held(6, "b", 6), completed(7, "b", 6));

    assertThat(verdict.breaches()).contains("t at revision 5: changed after it was completed");
    assertThat(verdict.lost()).containsExactly("t");
  }

  @Test
  void judge_findsWhatWasNotCompleted() {
    assertThat(judge().lost()).containsExactly("t");
    assertThat(judge(open(2), held(3, "a", 3)).lost()).containsExactly("t");
    assertThat(judge(open(2), version(3, Phase.ENDED, "", 0)).lost()).containsExactly("t");
    assertThat(judge(open(2), TaskVersion.gone("t", 3)).lost()).containsExactly("t");
  }

  @Test
  void judge_findsAHistoryOutOfOrder() {
    assertThat(judge(open(3), held(2, "a", 2)).breaches()).contains("t at revision 2: revision 2 came after 3");
  }

  @Test
  void judge_acceptsTheDeletionOfACompletedTask() {
    var verdict = judge(open(2), held(3, "a", 3), completed(4, "a", 3), TaskVersion.gone("t", 5));

    assertThat(verdict).isEqualTo(new ClaimHistory.Verdict(1, List.of(), List.of(), List.of()));
  }

  @Test
  void of_takesTheRevisionForTheFenceOfAClaimJustMade() {
    Claimed fresh = Claimed.newBuilder().setClaimId("c").setSwarmId("s").build();

    assertThat(TaskVersion.of(task().setClaimed(fresh).build(), 8)).isEqualTo(new TaskVersion("t", 8, Phase.HELD, "c", "s", 8));
    assertThat(TaskVersion.of(task().setClaimed(fresh.toBuilder().setFence(8)).build(), 9).fence()).isEqualTo(8);
    assertThat(TaskVersion.of(task().setCompleted(Completed.newBuilder().setClaim(fresh.toBuilder().setFence(8))).build(), 10))
        .isEqualTo(new TaskVersion("t", 10, Phase.COMPLETED, "c", "s", 8));
    assertThat(TaskVersion.of(task().setReady(Ready.getDefaultInstance()).build(), 7).phase()).isEqualTo(Phase.OPEN);
  }

  private static Task.Builder task() {
    return Task.newBuilder().setSpec(TaskSpec.newBuilder().setTaskId("t"));
  }

  private static ClaimHistory.Verdict judge(TaskVersion... history) {
    return ClaimHistory.judge(List.of(history), SUBMITTED);
  }

  private static TaskVersion open(long revision) {
    return version(revision, Phase.OPEN, "", 0);
  }

  private static TaskVersion held(long revision, String claim, long fence) {
    return version(revision, Phase.HELD, claim, fence);
  }

  private static TaskVersion completed(long revision, String claim, long fence) {
    return version(revision, Phase.COMPLETED, claim, fence);
  }

  private static TaskVersion version(long revision, Phase phase, String claim, long fence) {
    return new TaskVersion("t", revision, phase, claim, claim.isEmpty() ? "" : "swarm-" + claim, fence);
  }
}
