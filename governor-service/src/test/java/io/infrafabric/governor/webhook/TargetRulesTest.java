package io.infrafabric.governor.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TargetRulesTest {
  private static final String SECRET_PATH = "https://hooks.example.org/T000/s3cr3t";

  @Test
  void aHost_mustBeNamed_withItsPortOrWithout() {
    assertThat(TargetRules.sinks(List.of(SECRET_PATH), List.of("hooks.example.org"), false)).hasSize(1);
    assertThat(TargetRules.sinks(List.of(SECRET_PATH), List.of("HOOKS.example.org:443"), false)).hasSize(1);
    for (List<String> hosts : List.of(List.<String>of(), List.of("example.org"), List.of("hooks.example.org:8443"), List.of("*"))) {
      assertThatThrownBy(() -> TargetRules.sinks(List.of(SECRET_PATH), hosts, false)).hasMessageContaining("webhook-hosts does not name it");
    }
  }

  @Test
  void aName_tellsTheSinksApart_andNothingOfTheirPaths() {
    List<Sink> sinks = TargetRules.sinks(List.of(SECRET_PATH, SECRET_PATH + "2"), List.of("hooks.example.org"), false);
    assertThat(sinks).extracting(Sink::name).doesNotHaveDuplicates().allMatch(name -> name.matches("hooks\\.example\\.org/[0-9a-f]{8}"));
    assertThat(sinks.toString()).doesNotContain("s3cr3t");
    assertThatThrownBy(() -> TargetRules.sinks(List.of(SECRET_PATH, SECRET_PATH), List.of("hooks.example.org"), false))
        .hasMessageContaining("twice")
        .hasMessageNotContaining("s3cr3t");
  }

  @Test
  void thisMachine_isOutOfBoundsUnlessASettingSaysOtherwise() {
    List<String> target = List.of("http://127.0.0.1:8080/hook");
    assertThatThrownBy(() -> TargetRules.sinks(target, List.of("127.0.0.1"), false)).hasMessageContaining("webhook-loopback");
    assertThatThrownBy(() -> TargetRules.sinks(target, List.of(), true)).hasMessageContaining("webhook-hosts");
    assertThat(TargetRules.sinks(target, List.of("127.0.0.1:8080"), true)).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://hooks.example.org/", "ftp://hooks.example.org/", "file:///etc/passwd", "https:///path", "hooks.example.org", "https://user@hooks.example.org/",
        "https://hooks.example.org/#top", "https://hooks example.org/", ""
      })
  void whatIsNoPlainHttps_isRefused(String target) {
    assertThatThrownBy(() -> TargetRules.sinks(List.of(target), List.of("hooks.example.org"), true)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void thereAreNotTooMany() {
    assertThatThrownBy(() -> TargetRules.sinks(Collections.nCopies(17, SECRET_PATH), List.of("hooks.example.org"), false)).hasMessageContaining("more than 16");
  }

  @Test
  void aNameThatStandsForAnAddressNearby_isNotConnectedTo() throws Exception {
    assertThat(TargetRules.refused(InetAddress.getByName("127.0.0.1"), false)).isPresent();
    assertThat(TargetRules.refused(InetAddress.getByName("127.0.0.1"), true)).isEmpty();
    for (String nearby : List.of("169.254.169.254", "0.0.0.0", "224.0.0.1", "fe80::1", "::")) {
      assertThat(TargetRules.refused(InetAddress.getByName(nearby), true)).as(nearby).isPresent();
    }
    assertThat(TargetRules.refused(InetAddress.getByName("10.1.2.3"), false)).as("a host in the house that a setting names").isEmpty();
    assertThat(TargetRules.refused(InetAddress.getByName("93.184.216.34"), false)).isEmpty();
  }
}
