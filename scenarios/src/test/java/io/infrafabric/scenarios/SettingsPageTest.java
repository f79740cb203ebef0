package io.infrafabric.scenarios;

import io.infrafabric.chassis.ChassisConfig;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.governor.GovernorConfig;
import io.infrafabric.kit.config.SettingsTable;
import io.infrafabric.testkit.GeneratedPage;
import org.junit.jupiter.api.Test;

/** docs/reference/settings.md is made of the records of settings. */
class SettingsPageTest {
  private static final String HEAD =
      """
      # Settings

      Generated from `CoordinatorConfig`, `GovernorConfig` and `ChassisConfig`; do not edit. A setting is given as a flag (`--session-ttl=20s`), in the environment
      (`IF_SESSION_TTL=20s`), or in a YAML file (`session-ttl: 20s`, `--config FILE`); the first of these holds, and else the default. A service refuses a
      setting that it does not know and names the nearest one; `--print-config` shows every value and where it comes from.
      """;

  @Test
  void settingsPage_saysWhatTheRecordsSay() {
    String page =
        HEAD
            + "\n## Coordinator\n"
            + SettingsTable.of(CoordinatorConfig.class)
            + "\n## Governor\n"
            + SettingsTable.of(GovernorConfig.class)
            + "\n## Chassis\n"
            + SettingsTable.of(ChassisConfig.class);
    GeneratedPage.check("settings.md", page, SettingsPageTest.class);
  }
}
