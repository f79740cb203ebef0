package io.infrafabric.kit.config;

import java.util.stream.Collectors;

/** The settings of a service as a reader of docs/reference/settings.md sees them. */
public final class SettingsTable {
  private SettingsTable() {}

  /**
   * A table in Markdown: flag, what it is for, and what holds when nobody says anything. The environment variable is the flag in upper case
   * with {@code IF_} before it and underscores for hyphens.
   *
   * @param type a record of settings
   * @throws IllegalArgumentException when a setting does not say what it is for
   */
  public static String of(Class<? extends Record> type) {
    return "| setting | default | |\n|---|---|---|\n"
        + new Schema(type).settings().values().stream().map(SettingsTable::row).collect(Collectors.joining());
  }

  private static String row(Setting setting) {
    if (setting.doc().isEmpty()) {
      throw new IllegalArgumentException("setting " + setting.key() + " does not say what it is for");
    }
    String byDefault = setting.byDefault().map(value -> value.isEmpty() ? "none" : "`" + value + "`").orElse("must be given");
    return "| `%s` | %s | %s%s |\n".formatted(setting.key(), byDefault, setting.doc().replace("|", "\\|"), setting.secret() ? " Never shown." : "");
  }
}
