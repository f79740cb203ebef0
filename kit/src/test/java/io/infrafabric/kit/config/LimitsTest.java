package io.infrafabric.kit.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.kit.grpc.OverloadSettings;
import io.infrafabric.kit.nats.NatsSettings;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Limits that would let nothing through keep a service from starting, and say so. */
class LimitsTest {
  record Service(NatsSettings nats, OverloadSettings overload) {}

  private static Settings<Service> load(String... arguments) {
    return Settings.load(Service.class, arguments, Map.of());
  }

  @Test
  void limits_thatLetNothingThrough_areRefused() {
    for (String setting : List.of("nats-mirror-calls", "nats-durable-in-flight", "nats-subscription-queue", "overload-least-calls")) {
      assertThatThrownBy(() -> load("--" + setting + "=0")).isInstanceOf(ConfigException.class).hasMessageContaining(setting + " must be at least 1");
    }
    for (String setting : List.of("nats-reconnect-wait", "nats-request-timeout", "overload-too-long")) {
      assertThatThrownBy(() -> load("--" + setting + "=0s")).isInstanceOf(ConfigException.class).hasMessageContaining(setting + " must be more than 0");
    }
    assertThatThrownBy(() -> load("--overload-least-calls=30", "--overload-most-calls=20")).hasMessageContaining("not 30 and 20");
  }

  @Test
  void theSmallestThatLetSomethingThrough_areTaken() {
    assertThat(load("--nats-mirror-calls=1", "--nats-durable-in-flight=1", "--nats-subscription-queue=1", "--overload-least-calls=1", "--overload-most-calls=1"))
        .isInstanceOf(Settings.Ready.class);
  }
}
