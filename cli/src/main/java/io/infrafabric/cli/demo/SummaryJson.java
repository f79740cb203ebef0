package io.infrafabric.cli.demo;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.infrafabric.cli.demo.census.CensusReport;
import io.infrafabric.cli.demo.census.Totals;

/** The summary as one JSON object; its field names are stable. */
final class SummaryJson {
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  private SummaryJson() {}

  static String of(Summary summary) {
    JsonObject json = new JsonObject();
    json.addProperty("tasks", summary.work().tasks());
    json.addProperty("completed", summary.work().completed());
    json.addProperty("failed", summary.work().failed());
    json.addProperty("claims", summary.history().claims());
    json.addProperty("wallMillis", summary.work().wallMillis());
    json.addProperty("throughputPerSecond", rounded(summary.work().throughputPerSecond()));
    json.add("claimLatencyMillis", latency(summary.work()));
    json.add("census", census(summary.tree(), summary.census()));
    JsonArray swarms = new JsonArray();
    summary.swarms().forEach(swarm -> swarms.add(GSON.toJsonTree(swarm)));
    json.add("swarms", swarms);
    json.addProperty("doubleClaims", summary.history().doubleClaims().size());
    json.addProperty("lostTasks", summary.history().lost().size());
    json.add("traces", traces(summary.traces()));
    json.add("reasons", GSON.toJsonTree(summary.reasons()));
    json.addProperty("ok", summary.ok());
    return GSON.toJson(json);
  }

  private static JsonObject latency(WorkReport work) {
    JsonObject json = new JsonObject();
    json.addProperty("p50", rounded(work.claims().p50Millis()));
    json.addProperty("p95", rounded(work.claims().p95Millis()));
    json.addProperty("samples", work.claims().count());
    json.addProperty("offered", work.claims().offered());
    return json;
  }

  private static JsonObject census(String tree, CensusReport census) {
    JsonObject json = totals(census.total());
    json.addProperty("tree", tree);
    JsonObject perLanguage = new JsonObject();
    census.perLanguage().forEach((language, sum) -> perLanguage.add(language, totals(sum)));
    json.add("perLanguage", perLanguage);
    json.add("skipped", GSON.toJsonTree(census.skipped()));
    json.addProperty("verified", census.verified());
    return json;
  }

  private static JsonObject totals(Totals totals) {
    return GSON.toJsonTree(totals).getAsJsonObject();
  }

  private static JsonObject traces(TraceReport traces) {
    JsonObject json = new JsonObject();
    traces
        .count()
        .ifPresentOrElse(
            count -> {
              json.addProperty("file", traces.place());
              json.addProperty("count", count.traces());
              json.addProperty("spans", count.spans());
              json.addProperty("orphanSpans", count.orphans());
              json.addProperty("complete", count.complete());
            },
            () -> json.addProperty("endpoint", traces.place()));
    return json;
  }

  private static double rounded(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}
