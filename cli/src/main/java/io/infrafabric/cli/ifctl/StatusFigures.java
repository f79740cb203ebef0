package io.infrafabric.cli.ifctl;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.infrafabric.cli.output.Table;
import io.infrafabric.coordinator.v1.ClaimStats;
import io.infrafabric.coordinator.v1.GetStatusResponse;
import io.infrafabric.coordinator.v1.Latency;
import io.infrafabric.coordinator.v1.MethodCalls;
import io.infrafabric.coordinator.v1.PushStats;
import io.infrafabric.coordinator.v1.Target;
import io.infrafabric.kit.time.Times;
import java.util.List;
import java.util.Locale;

/** What a coordinator has counted and timed. What it has not measured is shown as no figure: a 0 is a measured one. */
final class StatusFigures {
  private static final String NONE = "no figure yet";

  private StatusFigures() {}

  /** Such as {@code 3 swarms, 2 sessions, 40 claims made, 51 offers rung}. */
  static String totals(GetStatusResponse says) {
    return "%d swarms, %d sessions, %d claims made, %d offers rung"
        .formatted(says.getSwarms(), says.getSessions(), says.getClaims().getMade(), says.getPushes().getRung());
  }

  /** A line for claims, pushes and doorbells each. */
  static List<String> times(GetStatusResponse says) {
    ClaimStats claims = says.getClaims();
    PushStats pushes = says.getPushes();
    Table table = Table.of("TIMES IN MS", "MEASURED", "WINDOW", "AVERAGE", "P50", "P95", "P99", "MAX", "TARGET");
    row(table, "claim", claims.hasLatency(), claims.getLatency(), claims.hasTarget() ? target(claims.getTarget()) : NONE);
    row(table, "push", pushes.hasLatency(), pushes.getLatency(), pushes.hasTarget() ? target(pushes.getTarget()) : NONE);
    row(table, "doorbell", pushes.hasDoorbell(), pushes.getDoorbell(), pushes.hasDoorbell() ? "" : NONE);
    return table.lines();
  }

  private static void row(Table table, String name, boolean measured, Latency latency, String target) {
    if (measured) {
      table.row(
          name,
          latency.getMeasured(),
          window(latency),
          millis(latency.getAverageMicros()),
          millis(latency.getP50Micros()),
          millis(latency.getP95Micros()),
          millis(latency.getP99Micros()),
          millis(latency.getMaxMicros()),
          target);
    } else {
      table.row(name, 0, "", "", "", "", "", "", target);
    }
  }

  private static String window(Latency latency) {
    return String.format(Locale.ROOT, "%.1f s", Times.toDuration(latency.getWindow()).toMillis() / 1_000.0);
  }

  private static String millis(long micros) {
    return String.format(Locale.ROOT, "%.2f", micros / 1_000.0);
  }

  private static String target(Target target) {
    return String.format(Locale.ROOT, "%s: p95 below %.0f ms", target.getMet() ? "met" : "MISSED", target.getP95BelowMicros() / 1_000.0);
  }

  /** Adds them to a service; what was not measured is left out. */
  static void json(GetStatusResponse says, JsonObject service) {
    ClaimStats claims = says.getClaims();
    PushStats pushes = says.getPushes();
    service.addProperty("swarms", says.getSwarms());
    service.addProperty("sessions", says.getSessions());
    service.addProperty("archived", says.getArchived());
    service.addProperty("startedAt", Times.toInstant(says.getStartedAt()).toString());
    JsonObject tasks = new JsonObject();
    says.getTasksList().forEach(each -> tasks.addProperty(each.getState().name().substring("TASK_STATE_".length()).toLowerCase(Locale.ROOT), each.getCount()));
    service.add("tasks", tasks);
    service.addProperty("claimsMade", claims.getMade());
    service.addProperty("claimsMeasured", claims.getMeasured());
    if (claims.hasLatency()) {
      service.addProperty("claimP50Micros", claims.getP50Micros());
      service.addProperty("claimP95Micros", claims.getP95Micros());
      service.addProperty("claimMaxMicros", claims.getMaxMicros());
      service.add("claimLatency", json(claims.getLatency()));
      service.add("claimTarget", json(claims.getTarget()));
    }
    service.addProperty("rings", pushes.getElected());
    service.addProperty("offersRung", pushes.getRung());
    service.addProperty("offersAcknowledged", pushes.getAcknowledged());
    service.addProperty("offersFailed", pushes.getFailed());
    service.addProperty("pushesThatWaited", pushes.getWaited());
    service.addProperty("pushesUntimed", pushes.getUntimed());
    if (pushes.hasLatency()) {
      service.add("pushLatency", json(pushes.getLatency()));
      service.add("pushTarget", json(pushes.getTarget()));
    }
    if (pushes.hasDoorbell()) {
      service.add("doorbellLatency", json(pushes.getDoorbell()));
    }
    JsonArray calls = new JsonArray();
    says.getCallsList().forEach(each -> calls.add(json(each)));
    service.add("calls", calls);
  }

  private static JsonObject json(Latency latency) {
    JsonObject json = new JsonObject();
    json.addProperty("measured", latency.getMeasured());
    json.addProperty("windowMillis", Times.toDuration(latency.getWindow()).toMillis());
    json.addProperty("averageMicros", latency.getAverageMicros());
    json.addProperty("p50Micros", latency.getP50Micros());
    json.addProperty("p95Micros", latency.getP95Micros());
    json.addProperty("p99Micros", latency.getP99Micros());
    json.addProperty("maxMicros", latency.getMaxMicros());
    return json;
  }

  private static JsonObject json(Target target) {
    JsonObject json = new JsonObject();
    json.addProperty("p95BelowMicros", target.getP95BelowMicros());
    json.addProperty("met", target.getMet());
    json.addProperty("windowMillis", Times.toDuration(target.getWindow()).toMillis());
    json.addProperty("measured", target.getMeasured());
    return json;
  }

  private static JsonObject json(MethodCalls calls) {
    JsonObject json = new JsonObject();
    json.addProperty("method", calls.getMethod());
    json.addProperty("answered", calls.getAnswered());
    json.addProperty("refused", calls.getRefused());
    json.addProperty("abandoned", calls.getAbandoned());
    return json;
  }
}
