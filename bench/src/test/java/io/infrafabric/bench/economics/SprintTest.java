package io.infrafabric.bench.economics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The load is that of the operating model, and the same for both ways. */
class SprintTest {
  private static final Sprint S2 = Sprint.of(7, new Sprint.Size(7, 10, 3, 3, 2));

  @Test
  void sprint_hasTheAgentsAndPhasesOfTheOperatingModel() {
    assertThat(S2.members()).hasSize(49);
    assertThat(S2.phases()).hasSize(70);
    assertThat(S2.jobs()).hasSize(210);
    assertThat(S2.members().stream().filter(Member::failing)).hasSize(3);
    assertThat(S2.members().stream().filter(member -> member.model() == Model.OPUS)).hasSize(2);
    assertThat(S2.members().stream().filter(member -> member.model() == Model.SONNET)).hasSize(14);
    assertThat(S2.jobs().stream().filter(job -> job.need().isPresent()).count()).isBetween(25L, 60L);
  }

  @Test
  void everyJobAndEveryNeed_hasSomebodyWhoCanDoIt() {
    for (Job job : S2.jobs()) {
      assertThat(S2.members()).anyMatch(member -> !member.failing() && member.session().equals(job.session()) && member.can(job.kind().capability()));
      job.need().ifPresent(need -> assertThat(S2.members()).anyMatch(member -> !member.failing() && member.can(need)));
      assertThat(job.capMicros()).isLessThanOrEqualTo(10_000_000);
    }
  }

  @Test
  void sameSeed_isTheSameSprint() {
    assertThat(Sprint.of(7, new Sprint.Size(7, 10, 3, 3, 2))).isEqualTo(S2);
    assertThat(Sprint.of(8, new Sprint.Size(7, 10, 3, 3, 2))).isNotEqualTo(S2);
  }

  @Test
  void attempt_endsTheSameWayForTheSameSeed_andCostsWhatItsHoursCost() {
    Job job = S2.jobs().getFirst();
    for (Member member : S2.members()) {
      WorkRules.Effort effort = WorkRules.work(job, member, 1, 7);
      assertThat(WorkRules.work(job, member, 1, 7)).isEqualTo(effort);
      assertThat(effort.costMicros()).isEqualTo(Math.round(effort.hours() * member.model().microsPerHour()));
    }
  }

  @Test
  void whoCannot_seldomSucceeds_andNeverHelps() {
    Member small = new Member("a", "s1", Model.HAIKU, Set.of("docs:writing"), false);
    List<Job> jobs = S2.jobs();
    long lucky = jobs.stream().filter(job -> job.kind().demanding() && WorkRules.work(job, small, 1, 7).success()).count();
    long able = jobs.stream().filter(job -> job.kind() == Kind.DOCUMENTATION && WorkRules.work(job, small, 1, 7).success()).count();
    assertThat(lucky).isLessThan(jobs.stream().filter(job -> job.kind().demanding()).count() / 2);
    assertThat(able).isGreaterThan(jobs.stream().filter(job -> job.kind() == Kind.DOCUMENTATION).count() / 2);
    assertThat(jobs.stream().filter(job -> job.need().isPresent())).noneMatch(job -> WorkRules.help(job, small, 1, 7).success());
  }

  @Test
  void effortBeyondItsCap_isStoppedThere() {
    WorkRules.Effort effort = new WorkRules.Effort(2, 100, true).within(50);
    assertThat(effort).isEqualTo(new WorkRules.Effort(1, 50, false));
    assertThat(new WorkRules.Effort(2, 100, true).within(100).success()).isTrue();
  }
}
