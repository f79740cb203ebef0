package io.infrafabric.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.kit.config.ConfigException;
import io.infrafabric.kit.config.Settings;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Limits that would let nothing through keep a coordinator from starting, and say so. */
class CoordinatorConfigTest {
  private static Settings<CoordinatorConfig> load(String... arguments) {
    return Settings.load(CoordinatorConfig.class, arguments, Map.of());
  }

  @Test
  void limits_thatLetNothingThrough_areRefused() {
    List<String> least =
        List.of(
            "offer-fan-out",
            "batch-transactions",
            "batch-lanes",
            "archive-round",
            "objects-streams",
            "reduce-result-bytes",
            "reduce-items",
            "reduce-at-once",
            "storage-quota-bytes");
    for (String setting : least) {
      assertThatThrownBy(() -> load("--" + setting + "=0")).isInstanceOf(ConfigException.class).hasMessageContaining(setting + " must be at least 1, not 0");
      assertThat(load("--" + setting + "=1")).as(setting).isInstanceOf(Settings.Ready.class);
    }
  }

  @Test
  void sharesOfTheQuota_thatWouldNeverOpenAgain_orComeInTheWrongOrder_areRefused() {
    for (String[] wrong : new String[][] {{"5", "90"}, {"91", "90"}, {"70", "101"}}) {
      assertThatThrownBy(() -> load("--storage-submit-percent=" + wrong[0], "--storage-claim-percent=" + wrong[1]))
          .hasMessageContaining("must be 6 to 100, the first not above the second: not " + wrong[0] + " and " + wrong[1]);
    }
    assertThat(load("--storage-submit-percent=6", "--storage-claim-percent=100")).isInstanceOf(Settings.Ready.class);
  }
}
