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
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One trace tells the story of a task, from the exported spans of all three services. */
class TraceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  /** Tasks that may be found by a swarm that looks for itself before it is rung. */
  private static final int UNRUNG_MOST = 20;
  private static final String FAILING = "traced-unlucky";
  private static final List<String> STEPS = List.of("submit", "offer", "claim", "execute", "complete", "settle");

  private static OtlpCollector collector;
  private static RunningFabric running;

  @BeforeAll
  static void start() throws IOException {
    collector = OtlpCollector.start();
    running = RunningFabric.start(settings(collector));
  }

  @AfterAll
  static void stop() {
    if (running != null) {
      running.close();
    }
    collector.close();
  }

  @Test
  void aTaskOfTheChassis_leavesOneTreeWithoutOrphans() throws Exception {
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
    String task = submitUntilOneIsRung(client, collector);
    await("all steps of the task in one trace without orphans")
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              List<TraceTree> traces = collector.tracesWith("if.task.id", task);
              assertThat(traces).as("traces of the task").hasSize(1);
              TraceTree trace = traces.getFirst();
              assertThat(trace.names()).as("%s", trace).containsAll(STEPS);
              assertThat(trace.orphans()).as("orphans of %s", trace).isEmpty();
              assertThat(trace.roots()).as("roots of %s", trace).extracting(CollectedSpan::name).containsExactly("submit");
            });
    judge(collector.tracesWith("if.task.id", task).getFirst(), task);
  }

  @Test
  void anAttemptThatFailed_isFoundByItsError_andLeavesNoTextOfItsOwn() throws Exception {
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

  private static void judge(TraceTree trace, String task) {
    CollectedSpan submit = trace.roots().getFirst();
    assertThat(STEPS.stream().flatMap(step -> trace.named(step).stream()))
        .as("%s", trace)
        .allSatisfy(span -> assertThat(span.attributes()).containsEntry("if.task.id", task));
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

  /** A swarm that has just come looks for work itself; its next task may be done before anybody is rung for it. */
  private static String submitUntilOneIsRung(FabricClient client, OtlpCollector collector) {
    for (int i = 0; i < UNRUNG_MOST; i++) {
      String task = "traced-" + i;
      client.submit(
          TaskSpec.newBuilder()
              .setTaskId(task)
              .addRequiredCapabilities("code:census")
              .setMaxCostMicros(10_000)
              .setPayload(ByteString.copyFromUtf8("a/B.java\none\n"))
              .build());
      await("the settlement of " + task).atMost(PATIENCE).until(() -> names(collector, task).contains("settle"));
      if (names(collector, task).contains("offer")) {
        return task;
      }
    }
    throw new AssertionError("nobody was rung for any of " + UNRUNG_MOST + " tasks");
  }

  private static Set<String> names(OtlpCollector collector, String task) {
    return collector.tracesWith("if.task.id", task).stream().flatMap(trace -> trace.names().stream()).collect(Collectors.toSet());
  }

  private static String[] settings(OtlpCollector collector) {
    return collector.environment().entrySet().stream().sorted(Map.Entry.comparingByKey()).flatMap(set -> Stream.of(set.getKey(), set.getValue())).toArray(String[]::new);
  }
}
