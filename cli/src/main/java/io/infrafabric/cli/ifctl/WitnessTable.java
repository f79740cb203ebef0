package io.infrafabric.cli.ifctl;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.infrafabric.cli.output.Money;
import io.infrafabric.cli.output.Table;
import io.infrafabric.governor.v1.WitnessEntry;
import java.util.List;
import java.util.Optional;

/** Witness entries as rows for people. */
final class WitnessTable {
  private WitnessTable() {}

  static Table of(List<WitnessEntry> entries) {
    Table table = Table.of("INDEX", "TIME", "OPERATION", "SWARM", "AGENT", "ABOUT", "FENCE", "COST", "TRACE");
    for (WitnessEntry entry : entries) {
      JsonObject fields = JsonParser.parseString(entry.getEntry()).getAsJsonObject();
      String about = text(fields, "task");
      table.row(
          entry.getIndex(),
          text(fields, "time"),
          text(fields, "operation"),
          text(fields, "swarm"),
          text(fields, "agent"),
          refused(fields).orElse(about.isEmpty() ? text(fields, "plan") : about),
          text(fields, "fence"),
          Optional.ofNullable(fields.getAsJsonObject("cost")).map(cost -> Money.dollars(cost.get("micros").getAsLong())).orElse(""),
          text(fields, "trace"));
    }
    return table;
  }

  /** Such as {@code 12 TOKEN_EXPIRED}, where calls were refused. */
  private static Optional<String> refused(JsonObject fields) {
    return Optional.ofNullable(fields.getAsJsonObject("refused"))
        .map(refused -> refused.get("count").getAsLong() + " " + text(refused, "code") + (text(fields, "principal").isEmpty() ? "" : " of " + text(fields, "principal")));
  }

  private static String text(JsonObject fields, String name) {
    return Optional.ofNullable(fields.get(name)).map(JsonElement::getAsString).orElse("");
  }
}
