package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.infrafabric.chassis.v1.Contract;
import io.infrafabric.chassis.v1.LoadSwarmRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.testkit.otlp.CollectedSpan;
import io.infrafabric.testkit.otlp.OtlpCollector;
import io.infrafabric.testkit.otlp.TraceTree;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** One trace tells the story of a task, from the exported spans of all three services. */
class TraceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String TASK = "traced-1";
  private static final String FAILING = "traced-2";
  private static final List<String> STEPS = List.of("submit", "offer", "claim", "execute", "complete", "settle");

  @Test
  void aTaskOfTheChassis_leavesOneTreeWithoutOrphans() throws Exception {
    try (OtlpCollector collector = OtlpCollector.start();
        RunningFabric running = RunningFabric.start(settings(collector))) {
      FabricClient client = running.client();
      client.register("census", 1_000_000, 4, "code:census");
      client
          .contracts()
          .loadSwarm(
              LoadSwarmRequest.newBuilder()
                  .setRequestId(FabricClient.request())
                  .setContract(Contract.newBuilder().setSwarmId("census").addCapabilities("code:census").setCostPerCpuSecondMicros(20_000))
                  .setModule(Modules.census())
                  .build());
      client.submit(
          TaskSpec.newBuilder()
              .setTaskId(TASK)
              .addRequiredCapabilities("code:census")
              .setMaxCostMicros(10_000)
              .setPayload(ByteString.copyFromUtf8("a/B.java\none\n"))
              .build());

      await("all steps of the task in one trace without orphans")
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                List<TraceTree> traces = collector.tracesWith("if.task.id", TASK);
                assertThat(traces).as("traces of the task").hasSize(1);
                TraceTree trace = traces.getFirst();
                assertThat(trace.names()).as("%s", trace).containsAll(STEPS);
                assertThat(trace.orphans()).as("orphans of %s", trace).isEmpty();
                assertThat(trace.roots()).as("roots of %s", trace).extracting(CollectedSpan::name).containsExactly("submit");
              });
      judge(collector.tracesWith("if.task.id", TASK).getFirst());
    }
  }

  @Test
  void anAttemptThatFailed_isFoundByItsError_andLeavesNoTextOfItsOwn() throws Exception {
    try (OtlpCollector collector = OtlpCollector.start();
        RunningFabric running = RunningFabric.start(settings(collector))) {
      FabricClient client = running.client();
      client.register("unlucky", 1_000_000, 1, "text:shout");
      String session = client.open("unlucky", Duration.ofMinutes(1));
      client.submit(
          TaskSpec.newBuilder()
              .setTaskId(FAILING)
              .addRequiredCapabilities("text:shout")
              .setPayload(ByteString.copyFromUtf8("payload-with-a-password"))
              .build());
      client.fail(client.claim(FAILING, "unlucky", session), "reason-with-a-password", false);

      await("the failed attempt and its booking")
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(collector.tracesWith("if.task.id", FAILING))
                      .singleElement()
                      .satisfies(trace -> assertThat(trace.names()).contains("submit", "claim", "fail", "settle")));
      TraceTree trace = collector.tracesWith("if.task.id", FAILING).getFirst();
      assertThat(trace.spans().stream().filter(CollectedSpan::failed)).as("%s", trace).extracting(CollectedSpan::name).containsExactly("fail");
      assertThat(trace.orphans()).as("orphans of %s", trace).isEmpty();
      assertThat(trace.spans()).allSatisfy(span -> assertThat(span.toString()).doesNotContain("password"));
    }
  }

  private static void judge(TraceTree trace) {
    CollectedSpan submit = trace.roots().getFirst();
    assertThat(STEPS.stream().flatMap(step -> trace.named(step).stream()))
        .as("%s", trace)
        .allSatisfy(span -> assertThat(span.attributes()).containsEntry("if.task.id", TASK));
    assertThat(trace.spans().stream().filter(span -> !span.equals(submit)))
        .as("below the submit of %s", trace)
        .allMatch(span -> trace.isBelow(span, submit));
    CollectedSpan execute = trace.named("execute").getFirst();
    assertThat(trace.named("claim")).as("the execution is below its claim: %s", trace).anyMatch(claim -> trace.isBelow(execute, claim));
    assertThat(trace.named("complete")).as("and the completion below it").anyMatch(complete -> trace.isBelow(complete, execute));
    assertThat(trace.services()).containsExactlyInAnyOrder("coordinator", "governor", "chassis");
    assertThat(Stream.of("claim", "execute", "complete").flatMap(step -> trace.named(step).stream()).filter(span -> !span.failed()))
        .as("%s", trace)
        .allSatisfy(span -> assertThat(span.attributes()).containsKey("if.fence"));
  }

  private static String[] settings(OtlpCollector collector) {
    return collector.environment().entrySet().stream().sorted(Map.Entry.comparingByKey()).flatMap(set -> Stream.of(set.getKey(), set.getValue())).toArray(String[]::new);
  }
}
