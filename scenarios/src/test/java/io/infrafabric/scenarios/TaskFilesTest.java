package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonParser;
import io.infrafabric.coordinator.v1.Priority;
import io.infrafabric.coordinator.v1.TaskSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A task goes in from a file, comes out, and goes in again; with the words of the task board (T1, T2). */
@ExtendWith(SharedFabric.class)
class TaskFilesTest {
  private final Ifctl ifctl;
  private final FabricClient client;
  private final String skill = Unique.capability();
  private final String task = Unique.id("filed");
  private final String parent = Unique.id("parent");

  @TempDir Path folder;

  TaskFilesTest(RunningFabric fabric) {
    this.ifctl = new Ifctl(fabric);
    this.client = fabric.client();
  }

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("task"), text);
  }

  private Ifctl.Result call(String input, String... arguments) throws Exception {
    return ifctl.call(file(input), arguments);
  }

  private String yaml() {
    return """
        # As somebody would write it who knows the task board.
        task_id: %s
        task_class: CODE_ANALYSIS
        priority: 1
        plan_id: %s
        required_capabilities: [%s]
        max_cost_micros: 2500
        labels: {note: "a \\"quoted\\" word"}
        retry: {backoff: exponential, initial: 1.5s}
        payload_text: |
          look at ä
        """
        .formatted(task, parent, skill);
  }

  @Test
  void taskFile_goesInAndComesOut_andGoesInAgainAsTheSame() throws Exception {
    Ifctl.Result first = call(yaml(), "task", "submit", "-f", "-");
    assertThat(first.exitCode()).as(first.talk()).isZero();
    TaskSpec spec = client.task(task).getSpec();
    assertThat(spec.getPriority()).isEqualTo(Priority.PRIORITY_CRITICAL);
    assertThat(spec.getTaskClass()).isEqualTo("code-analysis");
    assertThat(spec.getPayload().toStringUtf8()).isEqualTo("look at ä\n");

    Ifctl.Result got = call("", "task", "get", task, "-o", "json");
    Ifctl.Result again = call(got.out(), "task", "submit", "-f", "-");
    assertThat(again.exitCode()).as(again.talk()).isZero();
    assertThat(again.talk()).as("the same content under the same id").contains("it was there already");

    String copy = Unique.id("filed");
    Ifctl.Result other = call(got.out(), "task", "submit", copy, "-f", "-", "--priority", "low", "--label", "copy=yes");
    assertThat(other.exitCode()).as(other.talk()).isZero();
    assertThat(client.task(copy).getSpec())
        .isEqualTo(spec.toBuilder().setTaskId(copy).setPriority(Priority.PRIORITY_LOW).putLabels("copy", "yes").build());
  }

  @Test
  void tasks_areListedInTheWordsOfTheBoard_withTheResultsOfAParent() throws Exception {
    client.submit(TaskSpec.newBuilder().setTaskId(task).setPlanId(parent).setTaskClass("code-analysis").addRequiredCapabilities(skill).build());
    client.submit(TaskSpec.newBuilder().setTaskId(Unique.id("filed")).setPlanId(parent).setTaskClass("docs").addRequiredCapabilities(skill).build());
    Ifctl.Result pending =
        call("", "task", "list", "--state", "pending", "--class", "CODE_ANALYSIS", "--capability", skill, "--parent", parent, "-o", "json");
    assertThat(pending.exitCode()).as(pending.talk()).isZero();
    JsonArray found = JsonParser.parseString(pending.out()).getAsJsonArray();
    assertThat(found).hasSize(1);
    assertThat(found.get(0).getAsJsonObject().getAsJsonObject("spec").get("taskId").getAsString()).isEqualTo(task);

    String swarm = Unique.id("filer");
    client.register(swarm, 0, 1, skill);
    client.complete(client.claim(task, swarm, client.open(swarm, Duration.ofMinutes(1))), "42", 0);
    Ifctl.Result results = call("", "task", "list", "--state", "completed,failed", "--parent", parent, "--results", "-o", "json");
    assertThat(JsonParser.parseString(results.out()).getAsJsonArray().get(0).getAsJsonObject().getAsJsonObject("completed").get("result").getAsString())
        .as("42 in base64")
        .isEqualTo("NDI=");
  }

  @Test
  void wordThatIsNone_isRefusedWithTheNearest() throws Exception {
    Ifctl.Result state = call("", "task", "list", "--state", "redy");
    assertThat(state.exitCode()).isEqualTo(2);
    assertThat(state.talk()).contains("\"redy\" is no state, did you mean ready?");
  }
}
