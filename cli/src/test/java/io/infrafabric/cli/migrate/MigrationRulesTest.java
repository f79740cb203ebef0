package io.infrafabric.cli.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.util.Durations;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.RefusedException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MigrationRulesTest {
  private static final String PHASE_3 =
      """
      # Session 1 - Phase 3

      ## Task 1: Staging Deployment (Sonnet)
      - File: deploy/ndi-staging.yml
      - Estimated: 2 hours, $4

      ## Task 2: Monitoring (Haiku)
      - File: grafana/ndi-dashboards.json
      - Estimated: 30 minutes, $0.50

      ## Completion Protocol
      Commit, STATUS-PHASE-3.md, auto-poll Phase 4
      """;

  private static final String PHASE_4 =
      """
      blocked_on: session_4_sip_integration
      idle_tasks:
        - help_session_2: webrtc_documentation
        - improve_own: test_coverage_ndi
      ## Task 1
      Go live.
      """;

  private static PolledFile file(String branch, String name, String text) {
    return new PolledFile(branch, name, text);
  }

  private static MigrationRules.Migration migrate(Set<String> only, PolledFile... files) {
    return MigrationRules.migrate("old", List.of(files), only, session -> "session:" + session);
  }

  @Test
  void instructions_becomePhasesAfterEachOther() {
    var migration =
        migrate(Set.of(), file("", "INSTRUCTIONS-SESSION-1-PHASE-4.md", PHASE_4), file("", "INSTRUCTIONS-SESSION-1-PHASE-3.md", PHASE_3), file("", "README.md", ""));
    assertThat(migration.notes()).isEmpty();
    assertThat(migration.plan().getPhasesList()).extracting(Phase::getName).containsExactly("session-1-phase-3", "session-1-phase-4");
    assertThat(migration.plan().getPhases(0).getIndependent()).isTrue();
    assertThat(migration.plan().getPhases(1).getAfterList()).containsExactly("session-1-phase-3");
    TaskSpec first = migration.plan().getPhases(0).getTasks(0);
    assertThat(first.getTaskId()).isEqualTo("old-session-1-phase-3-t1");
    assertThat(first.getRequiredCapabilitiesList()).containsExactly("session:session-1");
    assertThat(first.getMaxCostMicros()).isEqualTo(4_000_000);
    assertThat(Durations.toSeconds(first.getExpectedDuration())).isEqualTo(7_200);
    assertThat(first.getLabelsMap()).containsEntry("model", "sonnet").containsEntry("title", "Staging Deployment").containsEntry("session", "session-1");
    assertThat(first.getPayload().toStringUtf8()).startsWith("## Task 1: Staging Deployment (Sonnet)\n").doesNotContain("Monitoring");
    TaskSpec second = migration.plan().getPhases(0).getTasks(1);
    assertThat(second.getMaxCostMicros()).isEqualTo(500_000);
    assertThat(Durations.toSeconds(second.getExpectedDuration())).isEqualTo(1_800);
    assertThat(second.getPayload().toStringUtf8()).doesNotContain("Completion Protocol");
    assertThat(migration.plan().getPhases(1).getTasks(0).getPayload().toStringUtf8()).isEqualTo("## Task 1\nGo live.\n");
  }

  @Test
  void idleTasks_becomeFillers() {
    var plan = migrate(Set.of(), file("", "INSTRUCTIONS-1-PHASE-4.md", PHASE_4)).plan();
    assertThat(plan.getFillersList())
        .extracting(task -> task.getPayload().toStringUtf8())
        .containsExactly("help_session_2: webrtc_documentation\n", "improve_own: test_coverage_ndi\n");
  }

  @Test
  void phaseThatIsDone_isLeftOut_whereverItsStatusFileIs() {
    var instructions = new PolledFile[] {
      file("main", "INSTRUCTIONS-NDI-PHASE-3.md", PHASE_3),
      file("main", "INSTRUCTIONS-NDI-PHASE-4.md", PHASE_4),
      file("main", "INSTRUCTIONS-SIP-PHASE-3.md", PHASE_3),
      file("claude/ndi-x1", "STATUS-PHASE-3.md", "done"),
      file("main", "STATUS-SIP-PHASE-3.md", "done"),
      file("other", "STATUS-PHASE-3.md", "done")
    };
    var migration = migrate(Set.of(), instructions);
    assertThat(migration.plan().getPhasesList()).extracting(Phase::getName).containsExactly("ndi-phase-4");
    assertThat(migration.plan().getPhases(0).getIndependent()).isTrue();
    assertThat(migration.notes())
        .containsExactly(
            "STATUS-PHASE-3.md on branch other is of no session that is known, and is left out",
            "ndi-phase-3 is done, says its status file; its 2 tasks are left out",
            "sip-phase-3 is done, says its status file; its 2 tasks are left out");
  }

  @Test
  void sessions_areTakenOverOneByOne() {
    var both = new PolledFile[] {file("", "INSTRUCTIONS-NDI-PHASE-3.md", PHASE_3), file("", "INSTRUCTIONS-SIP-PHASE-3.md", PHASE_3)};
    assertThat(migrate(Set.of("sip"), both).plan().getPhasesList()).extracting(Phase::getName).containsExactly("sip-phase-3");
    assertThatThrownBy(() -> migrate(Set.of("h323"), both))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("there are no instructions for h323; there are for ndi, sip");
  }

  @Test
  void sameFileOnTwoBranches_mayNotSayDifferentThings() {
    PolledFile here = file("main", "INSTRUCTIONS-NDI-PHASE-3.md", PHASE_3);
    assertThat(migrate(Set.of(), here, file("x", here.name(), PHASE_3)).plan().getPhasesCount()).isEqualTo(1);
    assertThatThrownBy(() -> migrate(Set.of(), here, file("x", here.name(), PHASE_4))).hasMessageContaining("on branch main").hasMessageContaining("on branch x");
  }

  @Test
  void nothingToDo_isRefused() {
    assertThatThrownBy(() -> migrate(Set.of(), file("", "INSTRUCTIONS-NDI-PHASE-3.md", "# nothing"))).hasMessageContaining("there is no file");
    assertThatThrownBy(() -> migrate(Set.of(), file("", "INSTRUCTIONS-NDI-PHASE-3.md", PHASE_3), file("", "STATUS-NDI-PHASE-3.md", "")))
        .hasMessageContaining("every phase is done already");
  }
}
