package io.infrafabric.governor.match;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.governor.registry.PriceList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClassRouteTest {
  @Test
  void route_isReadWithItsTiersAndItsPattern() {
    ClassRoute.Named named = ClassRoute.Named.parse("security=sonnet>opus|gpt-9@steady");
    assertThat(named.taskClass()).isEqualTo("security");
    assertThat(named.route()).isEqualTo(new ClassRoute(List.of(Set.of("sonnet"), Set.of("opus", "gpt-9")), "steady"));
    assertThat(named.route().tierOf("sonnet")).isEqualTo(1);
    assertThat(named.route().tierOf("gpt-9")).isEqualTo(2);
    assertThat(named.route().tierOf("haiku")).isZero();
    assertThat(ClassRoute.Named.parse("docs=haiku").route().bloomPattern()).isEmpty();
    assertThat(ClassRoute.Named.parse("docs=@early").route()).isEqualTo(new ClassRoute(List.of(), "early"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "docs", "docs=haiku>", "docs=haiku||opus", "docs=haiku>haiku", "docs=haiku|haiku", "Docs=haiku", "docs=haiku@", "docs=a b"})
  void malformedRoute_isRefused(String text) {
    assertThatThrownBy(() -> ClassRoute.Named.parse(text)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("\"" + text + "\"");
  }

  @Test
  void settings_areRefusedWhereTheyMakeNoSense() {
    assertThatThrownBy(() -> new MatchSettings(1_001, List.of(), "sonnet", 10, 10)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new MatchSettings(600, List.of("a=x", "a=y"), "sonnet", 10, 10)).hasMessageContaining("class a is there twice");
    assertThatThrownBy(() -> new MatchSettings(600, List.of(), "sonnet", -1, 10)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new MatchSettings(600, List.of(), "sonnet", 10, 51)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void preferencesOfTheDefaults_areHaikuForSimpleWorkAndSonnetWhereItMatters() {
    MatchPreferences preferences = MatchSettings.defaults().preferences(PriceList.defaults());
    assertThat(preferences.minReputationMillis()).isEqualTo(600);
    assertThat(preferences.referenceMicrosPerHour()).isEqualTo(15_000_000);
    assertThat(preferences.explorationMillis()).isEqualTo(100);
    for (String simple : List.of("documentation", "boilerplate", "testing")) {
      assertThat(preferences.route(simple).tierOf("haiku")).as(simple).isEqualTo(1);
    }
    for (String difficult : List.of("integration", "security", "architecture")) {
      assertThat(preferences.route(difficult).tierOf("sonnet")).as(difficult).isEqualTo(1);
      assertThat(preferences.route(difficult).tierOf("haiku")).as(difficult).isZero();
    }
    assertThat(preferences.route("")).isEqualTo(ClassRoute.NONE);
    assertThat(new MatchPreferences(0, 0, Map.of(), PriceList.parse(List.of("x=1")), "sonnet", 10, 100).referenceMicrosPerHour()).isZero();
  }
}
