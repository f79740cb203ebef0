package io.infrafabric.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class VersionTest {
  @Test
  void parse_readsWhatTheServersPrint() {
    assertThat(Version.parse(" 3.4.23")).isEqualTo(new Version(3, 4, 23));
    assertThat(Version.parse(" v2.9.10")).isEqualTo(new Version(2, 9, 10));
    assertThat(Version.parse("2.11.0-beta.1")).isEqualTo(new Version(2, 11, 0));
    assertThat(Version.parse("3.6")).hasToString("3.6.0");
    assertThatThrownBy(() -> Version.parse("latest")).hasMessage("not a version: latest");
  }

  @Test
  void isAtLeast_comparesNumbersNotText() {
    assertThat(new Version(2, 9, 10).isAtLeast(2, 10)).isFalse();
    assertThat(new Version(2, 10, 0).isAtLeast(2, 10)).isTrue();
    assertThat(new Version(3, 0, 0).isAtLeast(2, 10)).isTrue();
  }
}
