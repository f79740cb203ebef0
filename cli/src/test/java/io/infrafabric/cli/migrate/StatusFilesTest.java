package io.infrafabric.cli.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Timestamps;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.Session;
import io.infrafabric.coordinator.v1.SessionStatus;
import io.infrafabric.coordinator.v1.SessionWork;
import io.infrafabric.coordinator.v1.TaskSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatusFilesTest {
  @TempDir Path folder;

  private static Session blocked() throws ParseException {
    return Session.newBuilder()
        .setSwarmId("sip")
        .setStatus(SessionStatus.SESSION_STATUS_BLOCKED)
        .setReason("task t1 is stopped by \"dependency\", looks for help")
        .addCanHelp("net:proxy")
        .addCanHelp("docs:write")
        .addHelpWanted("code:build")
        .setEstimatedUnblock(Timestamps.parse("2026-03-01T12:30:00Z"))
        .setPercent(40)
        .addWork(SessionWork.newBuilder().setTaskId("t1"))
        .build();
  }

  private static Phase phase(String name, boolean done) throws ParseException {
    Phase.Builder phase = Phase.newBuilder().setName(name).addTasks(TaskSpec.newBuilder().setTaskId("old-" + name + "-t1"));
    return (done ? phase.setCompletedAt(Timestamps.parse("2026-03-01T12:00:00Z")) : phase).build();
  }

  @Test
  void session_isTold_inTheWordsOfThePredecessor() throws ParseException {
    assertThat(StatusFiles.files(List.of(blocked()), List.of()).get("STATUS-SIP.md"))
        .isEqualTo(
            """
            session: "sip"
            status: "blocked"
            reason: "task t1 is stopped by \\"dependency\\", looks for help"
            can_help: ["net:proxy", "docs:write"]
            estimated_unblock: "2026-03-01T12:30:00Z"
            progress: 40
            help_wanted: ["code:build"]
            note: null
            since: null
            last_seen: null
            tasks: ["t1"]
            """);
  }

  @Test
  void whatIsWritten_canBeImported_andThePhasesThatAreDoneAreLeftOut() throws Exception {
    Plan plan = Plan.newBuilder().setPlanId("old").addPhases(phase("sip-phase-1", true)).addPhases(phase("sip-phase-2", false)).addPhases(phase("map", true)).build();
    List<Path> written = StatusFiles.write(folder, List.of(blocked()), List.of(plan));
    assertThat(written).containsExactly(folder.resolve("STATUS-SIP.md"), folder.resolve("STATUS-SIP-PHASE-1.md"));
    instructions(1);
    instructions(2);
    List<PolledFile> files = new ArrayList<>(PolledFiles.of(folder));
    var migration = MigrationRules.migrate("again", files, Set.of(), session -> "session:" + session);
    assertThat(migration.plan().getPhasesList()).extracting(Phase::getName).containsExactly("sip-phase-2");
    assertThat(migration.notes()).anyMatch(note -> note.startsWith("sip-phase-1 is done"));
  }

  private void instructions(int phase) throws IOException {
    Files.writeString(folder.resolve("INSTRUCTIONS-SIP-PHASE-" + phase + ".md"), "## Task 1: Something (Sonnet)\nDo it.\n");
  }
}
