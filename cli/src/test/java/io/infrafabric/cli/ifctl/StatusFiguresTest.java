package io.infrafabric.cli.ifctl;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.protobuf.Duration;
import io.infrafabric.coordinator.v1.ClaimStats;
import io.infrafabric.coordinator.v1.GetStatusResponse;
import io.infrafabric.coordinator.v1.Latency;
import io.infrafabric.coordinator.v1.MethodCalls;
import io.infrafabric.coordinator.v1.PushStats;
import io.infrafabric.coordinator.v1.StateCount;
import io.infrafabric.coordinator.v1.Target;
import io.infrafabric.coordinator.v1.TaskState;
import org.junit.jupiter.api.Test;

class StatusFiguresTest {
  private static final Duration WINDOW = Duration.newBuilder().setSeconds(43).setNanos(200_000_000).build();
  private static final Latency LATENCY =
      Latency.newBuilder()
          .setMeasured(12)
          .setWindow(WINDOW)
          .setAverageMicros(1_250)
          .setP50Micros(1_000)
          .setP95Micros(3_219)
          .setP99Micros(4_000)
          .setMaxMicros(9_999)
          .build();

  private static Target target(boolean met) {
    return Target.newBuilder().setP95BelowMicros(10_000).setMet(met).setWindow(WINDOW).setMeasured(12).build();
  }

  @Test
  void whatWasNotMeasured_isNoFigure() {
    GetStatusResponse says = GetStatusResponse.newBuilder().setSwarms(3).build();
    assertThat(StatusFigures.times(says))
        .containsExactly(
            "TIMES IN MS  MEASURED  WINDOW  AVERAGE  P50  P95  P99  MAX  TARGET",
            "claim               0       -        -    -    -    -    -  no figure yet",
            "push                0       -        -    -    -    -    -  no figure yet",
            "doorbell            0       -        -    -    -    -    -  no figure yet");
    assertThat(StatusFigures.totals(says)).isEqualTo("3 swarms, 0 sessions, 0 claims made, 0 offers rung");
    JsonObject json = new JsonObject();
    StatusFigures.json(says, json);
    assertThat(json.keySet()).doesNotContain("claimLatency", "claimTarget", "claimP95Micros", "pushLatency", "pushTarget", "doorbellLatency");
    assertThat(json.get("claimsMade").getAsLong()).isZero();
  }

  @Test
  void measuredTimes_areShownWithTheirTargets_andAMeasuredZeroIsAFigure() {
    GetStatusResponse says =
        GetStatusResponse.newBuilder()
            .setClaims(ClaimStats.newBuilder().setMade(11).setMeasured(12).setP95Micros(3_219).setLatency(LATENCY).setTarget(target(true)))
            .setPushes(
                PushStats.newBuilder()
                    .setElected(true)
                    .setRung(5)
                    .setLatency(LATENCY)
                    .setTarget(target(false))
                    .setDoorbell(Latency.newBuilder().setMeasured(1).setWindow(Duration.getDefaultInstance())))
            .addTasks(StateCount.newBuilder().setState(TaskState.TASK_STATE_READY).setCount(2))
            .addCalls(MethodCalls.newBuilder().setMethod("a/B").setAnswered(4).setRefused(3).setAbandoned(2))
            .build();
    assertThat(StatusFigures.times(says))
        .containsExactly(
            "TIMES IN MS  MEASURED  WINDOW  AVERAGE   P50   P95   P99    MAX  TARGET",
            "claim              12  43.2 s     1.25  1.00  3.22  4.00  10.00  met: p95 below 10 ms",
            "push               12  43.2 s     1.25  1.00  3.22  4.00  10.00  MISSED: p95 below 10 ms",
            "doorbell            1  0.0 s      0.00  0.00  0.00  0.00   0.00  -");
    JsonObject json = new JsonObject();
    StatusFigures.json(says, json);
    assertThat(json.getAsJsonObject("claimLatency"))
        .hasToString(
            "{\"measured\":12,\"windowMillis\":43200,\"averageMicros\":1250,\"p50Micros\":1000,\"p95Micros\":3219,\"p99Micros\":4000,\"maxMicros\":9999}");
    assertThat(json.getAsJsonObject("pushTarget")).hasToString("{\"p95BelowMicros\":10000,\"met\":false,\"windowMillis\":43200,\"measured\":12}");
    assertThat(json.getAsJsonObject("doorbellLatency").get("maxMicros").getAsLong()).isZero();
    assertThat(json.getAsJsonArray("calls")).hasToString("[{\"method\":\"a/B\",\"answered\":4,\"refused\":3,\"abandoned\":2}]");
    assertThat(json.getAsJsonObject("tasks")).hasToString("{\"ready\":2}");
    assertThat(json.get("rings").getAsBoolean()).isTrue();
  }
}
