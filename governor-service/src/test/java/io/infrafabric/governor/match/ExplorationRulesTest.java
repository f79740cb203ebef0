package io.infrafabric.governor.match;

import static io.infrafabric.governor.match.Swarms.USD;
import static io.infrafabric.governor.match.Swarms.need;
import static io.infrafabric.governor.match.Swarms.onModel;
import static io.infrafabric.governor.match.Swarms.routed;
import static io.infrafabric.governor.match.Swarms.swarm;
import static io.infrafabric.governor.match.Swarms.tried;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.governor.match.Verdict.Qualified;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExplorationRulesTest {
  private static final Profile PROVEN = tried(swarm("proven", 2 * USD, 950, "a:a"), 500);

  @Test
  void aTenthOfTheRankings_isATurn() {
    assertThat(LongStream.rangeClosed(1, 60).filter(number -> ExplorationRules.isTurn(number, 100))).containsExactly(5L, 13L, 26L, 34L, 47L, 60L);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "10, 9", "50, 50", "100, 100", "250, 251", "500, 500"})
  void share_isKeptOverAThousand(int millis, long turns) {
    assertThat(LongStream.rangeClosed(1, 1_000).filter(number -> ExplorationRules.isTurn(number, millis)).count()).isEqualTo(turns);
  }

  /** A need that is ranked in a rhythm with others gets its share too: every n-th ranking is its own. */
  @ParameterizedTest
  @CsvSource({"2, 500", "3, 332", "5, 201", "7, 140", "10, 100", "13, 78"})
  void share_isKeptInAnyRhythm(int every, long turns) {
    assertThat(LongStream.rangeClosed(1, 10_000).filter(number -> number % every == 0 && ExplorationRules.isTurn(number, 100)).count()).isEqualTo(turns);
  }

  @Test
  void newcomerThatCouldBeAsGood_goesFirst_andTheLeastTriedOfThem() {
    assertThat(chosen(PROVEN, newcomer("a", 2 * USD, 3), newcomer("b", 2 * USD, 1), newcomer("c", 2 * USD, 3))).contains("b");
    assertThat(chosen(PROVEN, newcomer("d", 2 * USD, 0), newcomer("c", 2 * USD, 0))).as("by id").contains("c");
    assertThat(chosen(PROVEN, newcomer("d", USD, 0), newcomer("c", 2 * USD, 0))).as("by score").contains("d");
  }

  /** 0.95 for two dollars is matched by 1.0 for 2.105263 dollars. */
  @ParameterizedTest
  @CsvSource({"2105263, true", "2105264, false", "1, true", "0, true", "15000000, false"})
  void newcomerThatCannotBeAsGood_isNotTried(long cost, boolean worthATry) {
    assertThat(chosen(PROVEN, newcomer("a", cost, 0)).isPresent()).isEqualTo(worthATry);
  }

  @Test
  void whoHasWorkedEnough_isNoNewcomer() {
    assertThat(chosen(PROVEN, newcomer("a", USD, 10))).isEmpty();
    assertThat(chosen(PROVEN, newcomer("a", USD, 9))).contains("a");
    assertThat(chosen(PROVEN)).isEmpty();
  }

  @Test
  void newcomerOfAnotherTier_isNotTried() {
    ClassRoute security = new ClassRoute(List.of(Set.of("sonnet")), "");
    Need need = routed(need("a:a"), security, "");
    Qualified best = fit(onModel(PROVEN, "sonnet"), need);
    Profile cheap = newcomer("a", 1, 0);
    assertThat(ExplorationRules.choose(List.of(best, fit(onModel(cheap, "haiku"), need)).stream(), best)).isEmpty();
    assertThat(ExplorationRules.choose(List.of(best, fit(onModel(cheap, "sonnet"), need)).stream(), best)).isPresent();
  }

  private static Profile newcomer(String id, long cost, long endedClaims) {
    return tried(swarm(id, cost, 700, "a:a"), endedClaims);
  }

  private static Optional<String> chosen(Profile best, Profile... others) {
    Need need = need("a:a");
    List<Qualified> all = Stream.concat(Stream.of(best), List.of(others).stream()).map(swarm -> fit(swarm, need)).toList();
    return ExplorationRules.choose(all.stream(), all.getFirst()).map(qualified -> qualified.profile().swarmId());
  }

  private static Qualified fit(Profile swarm, Need need) {
    return MatchRules.fit(swarm, need).orElseThrow();
  }
}
