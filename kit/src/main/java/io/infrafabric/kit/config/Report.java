package io.infrafabric.kit.config;

import java.util.Map;

/** The texts of {@code --print-config} and {@code --help}. */
final class Report {
  private Report() {}

  /** One line for each setting: key, value and source; secrets masked. The lines are YAML. */
  static String printed(Schema schema, Map<String, Given> given) {
    StringBuilder out = new StringBuilder();
    for (Setting setting : schema.settings().values()) {
      Given value = given.get(setting.key());
      out.append("%s: %s  # %s%n".formatted(setting.key(), quoted(setting.shown(value.text())), value.source()));
    }
    return out.toString();
  }

  /** Each setting with its flag, variable, what it takes, its default and what it is for. */
  static String help(Schema schema) {
    StringBuilder out = new StringBuilder("Settings: flag > environment > file (--config FILE or IF_CONFIG) > default\n");
    for (Setting setting : schema.settings().values()) {
      out.append("%n  --%s  (%s)%n".formatted(setting.key(), setting.variable()));
      if (!setting.doc().isEmpty()) {
        out.append("      %s%n".formatted(setting.doc()));
      }
      String byDefault = setting.byDefault().map(text -> text.isEmpty() ? "optional" : "default " + text).orElse("required");
      out.append("      %s; %s%n".formatted(Values.expected(setting.type()), byDefault));
    }
    out.append("%n  --print-config  show each value with its source, secrets masked%n".formatted());
    return out.toString();
  }

  private static String quoted(String text) {
    return text.matches("[A-Za-z0-9_./-][A-Za-z0-9_./:,@ -]*") && !text.contains(": ") && !text.endsWith(":")
        ? text
        : "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }
}
