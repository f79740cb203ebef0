package io.infrafabric.governor.escalation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.governor.v1.Link;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinkRulesTest {
  @Test
  void aLink_isMadeWhenAllOfItIsKnown() {
    List<String> templates = List.of("trace=http://jaeger:16686/trace/{trace}", "board=https://ops.example.org/{swarm}/{id}");
    LinkRules.check(templates);
    assertThat(LinkRules.of(templates, Map.of("id", "gate-1", "swarm", "fox", "trace", "")))
        .containsExactly(Link.newBuilder().setName("board").setUri("https://ops.example.org/fox/gate-1").build());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "trace", "http://x/{id}", "a=ftp://x/{id}", "a=https://x/{nothing}", "a=https:///{id}", "A=https://x/{id}"})
  void aTemplateThatMakesNoLink_isRefusedAtTheStart(String template) {
    assertThatThrownBy(() -> LinkRules.check(List.of(template))).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("escalation-links");
  }
}
