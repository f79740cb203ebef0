package io.infrafabric.kit.scrape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.kit.auth.AuthSettings;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetricsSettingsTest {
  @ParameterizedTest
  @ValueSource(strings = {"9464", "127.0.0.1", "127.0.0.1:", ":9464", "127.0.0.1:70000", "http://x:1", "a b:1"})
  void whatIsNoAddress_isRefused(String listen) {
    assertThatThrownBy(() -> new MetricsSettings(listen)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("metrics-listen");
  }

  @Test
  void addresses_areReadWhole() {
    assertThat(MetricsSettings.off().address()).isEmpty();
    assertThat(new MetricsSettings("127.0.0.1:9464").address().orElseThrow().getPort()).isEqualTo(9464);
    assertThat(new MetricsSettings("[::1]:9464").address().orElseThrow().getAddress().isLoopbackAddress()).isTrue();
  }

  @Test
  void anAddressThatOthersReach_isRefusedWhileNobodyIsAskedWhoHeIs() {
    MetricsSettings open = new MetricsSettings("0.0.0.0:9464");
    assertThatThrownBy(() -> open.requireSafe(AuthSettings.off())).hasMessageContaining("metrics-listen 0.0.0.0:9464").hasMessageContaining("auth-mode");
    assertThatCode(() -> open.requireSafe(AuthSettings.off().required(Path.of("keys")))).doesNotThrowAnyException();
    assertThatCode(() -> new MetricsSettings("127.0.0.1:0").requireSafe(AuthSettings.off())).doesNotThrowAnyException();
    assertThatCode(() -> new MetricsSettings("[::1]:0").requireSafe(AuthSettings.off())).doesNotThrowAnyException();
  }
}
