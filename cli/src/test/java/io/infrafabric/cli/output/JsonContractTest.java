package io.infrafabric.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.Message;
import io.infrafabric.chassis.v1.LoadSwarmResponse;
import io.infrafabric.chassis.v1.LoadedSwarm;
import io.infrafabric.chassis.v1.UnloadSwarmResponse;
import io.infrafabric.cli.fabric.TaskFile;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.common.v1.QuarantinedRecord;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.CancelPlanResponse;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.CloseSessionResponse;
import io.infrafabric.coordinator.v1.CompleteTaskResponse;
import io.infrafabric.coordinator.v1.DropQuarantinedResponse;
import io.infrafabric.coordinator.v1.ExplainTaskResponse;
import io.infrafabric.coordinator.v1.FailTaskResponse;
import io.infrafabric.coordinator.v1.GetPlanResponse;
import io.infrafabric.coordinator.v1.HeldClaim;
import io.infrafabric.coordinator.v1.KeepAliveResponse;
import io.infrafabric.coordinator.v1.MapTasksResponse;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.OpenSessionResponse;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.PlanProgress;
import io.infrafabric.coordinator.v1.PlanSummary;
import io.infrafabric.coordinator.v1.ReducePlanResponse;
import io.infrafabric.coordinator.v1.ReleaseTaskResponse;
import io.infrafabric.coordinator.v1.ReportProgressResponse;
import io.infrafabric.coordinator.v1.RequeueTaskResponse;
import io.infrafabric.coordinator.v1.Session;
import io.infrafabric.coordinator.v1.SubmitPlanResponse;
import io.infrafabric.coordinator.v1.SubmitTaskResponse;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.WatchPlanResponse;
import io.infrafabric.coordinator.v1.WatchTasksResponse;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.ChargeResponse;
import io.infrafabric.governor.v1.CloseAccountResponse;
import io.infrafabric.governor.v1.CreateAccountResponse;
import io.infrafabric.governor.v1.DatedTokenPrice;
import io.infrafabric.governor.v1.DropShadowPolicyResponse;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.ExplainMatchResponse;
import io.infrafabric.governor.v1.GetAccountResponse;
import io.infrafabric.governor.v1.GetCheckpointResponse;
import io.infrafabric.governor.v1.GetForecastResponse;
import io.infrafabric.governor.v1.GetPolicyResponse;
import io.infrafabric.governor.v1.GetShadowPolicyResponse;
import io.infrafabric.governor.v1.GetSwarmResponse;
import io.infrafabric.governor.v1.GrantResponse;
import io.infrafabric.governor.v1.ManifestVersion;
import io.infrafabric.governor.v1.PlaceAccountResponse;
import io.infrafabric.governor.v1.Policy;
import io.infrafabric.governor.v1.PolicyPreset;
import io.infrafabric.governor.v1.PolicyProblem;
import io.infrafabric.governor.v1.PolicyViolation;
import io.infrafabric.governor.v1.ProveConsistencyResponse;
import io.infrafabric.governor.v1.ProveInclusionResponse;
import io.infrafabric.governor.v1.RankSwarmsResponse;
import io.infrafabric.governor.v1.RefundResponse;
import io.infrafabric.governor.v1.RegisterSwarmResponse;
import io.infrafabric.governor.v1.SimulatePolicyResponse;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.governor.v1.TraceResponse;
import io.infrafabric.governor.v1.TransferResponse;
import io.infrafabric.governor.v1.UnregisterSwarmResponse;
import io.infrafabric.governor.v1.WatchEscalationsResponse;
import io.infrafabric.governor.v1.WitnessEntry;
import io.infrafabric.testkit.GeneratedPage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What {@code ifctl -o json} prints of each kind of thing, name by name: scripts are written against it. A name that goes or changes its form is seen here first.
 * In src/test/resources/json, for each kind, an empty one and full ones.
 */
class JsonContractTest {
  private static final Path GOLDEN = Path.of("src/test/resources/json");

  static Stream<Message> kinds() {
    return Stream.of(
        Blocker.getDefaultInstance(),
        Breaker.getDefaultInstance(),
        CancelPlanResponse.getDefaultInstance(),
        ChargeResponse.getDefaultInstance(),
        Claim.getDefaultInstance(),
        CloseAccountResponse.getDefaultInstance(),
        CloseSessionResponse.getDefaultInstance(),
        CompleteTaskResponse.getDefaultInstance(),
        CreateAccountResponse.getDefaultInstance(),
        DatedTokenPrice.getDefaultInstance(),
        DropQuarantinedResponse.getDefaultInstance(),
        DropShadowPolicyResponse.getDefaultInstance(),
        Escalation.getDefaultInstance(),
        ExplainMatchResponse.getDefaultInstance(),
        ExplainTaskResponse.getDefaultInstance(),
        FailTaskResponse.getDefaultInstance(),
        GetAccountResponse.getDefaultInstance(),
        GetCheckpointResponse.getDefaultInstance(),
        GetForecastResponse.getDefaultInstance(),
        GetPlanResponse.getDefaultInstance(),
        GetPolicyResponse.getDefaultInstance(),
        GetShadowPolicyResponse.getDefaultInstance(),
        GetSwarmResponse.getDefaultInstance(),
        GrantResponse.getDefaultInstance(),
        HeldClaim.getDefaultInstance(),
        KeepAliveResponse.getDefaultInstance(),
        LoadSwarmResponse.getDefaultInstance(),
        LoadedSwarm.getDefaultInstance(),
        ManifestVersion.getDefaultInstance(),
        MapTasksResponse.getDefaultInstance(),
        ObjectRef.getDefaultInstance(),
        Offer.getDefaultInstance(),
        OpenSessionResponse.getDefaultInstance(),
        PlaceAccountResponse.getDefaultInstance(),
        Plan.getDefaultInstance(),
        PlanProgress.getDefaultInstance(),
        PlanSummary.getDefaultInstance(),
        Policy.getDefaultInstance(),
        PolicyPreset.getDefaultInstance(),
        PolicyProblem.getDefaultInstance(),
        PolicyViolation.getDefaultInstance(),
        ProveConsistencyResponse.getDefaultInstance(),
        ProveInclusionResponse.getDefaultInstance(),
        QuarantinedRecord.getDefaultInstance(),
        RankSwarmsResponse.getDefaultInstance(),
        ReducePlanResponse.getDefaultInstance(),
        RefundResponse.getDefaultInstance(),
        RegisterSwarmResponse.getDefaultInstance(),
        ReleaseTaskResponse.getDefaultInstance(),
        ReportProgressResponse.getDefaultInstance(),
        RequeueTaskResponse.getDefaultInstance(),
        Session.getDefaultInstance(),
        SimulatePolicyResponse.getDefaultInstance(),
        Standing.getDefaultInstance(),
        SubmitPlanResponse.getDefaultInstance(),
        SubmitTaskResponse.getDefaultInstance(),
        Task.getDefaultInstance(),
        TraceResponse.getDefaultInstance(),
        TransferResponse.getDefaultInstance(),
        UnloadSwarmResponse.getDefaultInstance(),
        UnregisterSwarmResponse.getDefaultInstance(),
        WatchEscalationsResponse.getDefaultInstance(),
        WatchPlanResponse.getDefaultInstance(),
        WatchTasksResponse.getDefaultInstance(),
        WitnessEntry.getDefaultInstance());
  }

  private static String printed(Format format, Message message) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new Output(format, new PrintStream(out, true, StandardCharsets.UTF_8)).show(message, () -> Table.of("NONE"));
    return out.toString(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void json_isWhatItWas(Message kind) throws IOException {
    List<Message> all = new ArrayList<>(List.of(kind));
    all.addAll(Specimen.of(kind));
    String text = all.stream().map(message -> printed(Format.JSON, message).strip()).collect(Collectors.joining(",\n", "[\n", "\n]\n"));
    Path golden = GOLDEN.resolve(kind.getDescriptorForType().getName() + ".json");
    if (Boolean.getBoolean(GeneratedPage.UPDATE)) {
      Files.writeString(golden, text);
    }
    assertThat(text)
        .as("%s: scripts read these names. If the change is meant, write it anew with -D%s=true and say so in the CHANGELOG", golden, GeneratedPage.UPDATE)
        .isEqualTo(Files.readString(golden));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void lineOfJsonl_saysTheSame(Message kind) {
    for (Message full : Specimen.of(kind)) {
      String line = printed(Format.JSONL, full);
      assertThat(line.strip()).doesNotContain("\n");
      assertThat(JsonParser.parseString(line)).isEqualTo(JsonParser.parseString(printed(Format.JSON, full)));
    }
  }

  @Test
  void everyKindThatHasAGoldenFile_isPrinted() throws IOException {
    try (Stream<Path> files = Files.list(GOLDEN)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(kinds().map(kind -> kind.getDescriptorForType().getName() + ".json").toList());
    }
  }

  /** A script asks for {@code .progress.failed} most of all when nothing has. */
  @Test
  void zeros_arePrinted_andWhatIsNotThereIsNot() {
    CancelPlanResponse cancelled = CancelPlanResponse.newBuilder().setProgress(PlanProgress.newBuilder().setTotal(2)).build();
    JsonObject progress = JsonParser.parseString(printed(Format.JSON, cancelled)).getAsJsonObject().getAsJsonObject("progress");
    assertThat(progress.get("failed").getAsInt()).isZero();
    assertThat(progress.get("complete").getAsBoolean()).isFalse();
    JsonObject task = JsonParser.parseString(printed(Format.JSONL, Task.getDefaultInstance())).getAsJsonObject();
    assertThat(task.has("completed")).as("no state is one too").isFalse();
    assertThat(task.get("attempts").getAsJsonArray()).isEmpty();
  }

  /** {@code task submit -f} takes what {@code task get -o json} prints, zeros and all. */
  @Test
  void taskThatIsPrinted_canBeReadAsAFile() {
    TaskSpec bare = TaskSpec.newBuilder().setTaskId("t-1").build();
    assertThat(TaskFile.read("bare", printed(Format.JSON, Task.newBuilder().setSpec(bare).build()))).isEqualTo(bare);
    TaskSpec full = ((Task) Specimen.of(Task.getDefaultInstance()).getFirst()).getSpec();
    assertThat(TaskFile.read("full", printed(Format.JSON, Task.newBuilder().setSpec(full).build()))).isEqualTo(full);
  }
}
