package io.infrafabric.governor.match;

import static io.infrafabric.governor.match.Swarms.USD;
import static io.infrafabric.governor.match.Swarms.blooming;
import static io.infrafabric.governor.match.Swarms.broken;
import static io.infrafabric.governor.match.Swarms.limited;
import static io.infrafabric.governor.match.Swarms.need;
import static io.infrafabric.governor.match.Swarms.onModel;
import static io.infrafabric.governor.match.Swarms.routed;
import static io.infrafabric.governor.match.Swarms.skilled;
import static io.infrafabric.governor.match.Swarms.swarm;
import static io.infrafabric.governor.match.Swarms.withCredit;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.SkillLevel;
import io.infrafabric.governor.match.Verdict.Qualified;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SwarmIndexTest {
  private static final List<String> SKILLS = List.of("a:a", "b:b", "c:c", "d:d", "e:e", "f:f", "g:g", "h:h", "i:i", "j:j");
  private static final List<String> MODELS = List.of("haiku", "sonnet", "opus", "");
  private static final List<String> PATTERNS = List.of("early", "late", "");

  private final Map<String, Profile> swarms = new HashMap<>();
  private final List<String> read = new ArrayList<>();
  private final SwarmIndex index =
      new SwarmIndex(
          swarm -> {
            read.add(swarm);
            return Optional.ofNullable(swarms.get(swarm));
          });

  private void put(Profile swarm) {
    swarms.put(swarm.swarmId(), swarm);
    index.mark(swarm.swarmId());
  }

  /** Whatever comes and goes, the index finds what a look at everybody finds, in the same order. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void best_isWhatAScanFinds(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 40; round++) {
      for (int i = 0; i < 20; i++) {
        change(random);
      }
      for (int i = 0; i < 20; i++) {
        Need need = randomNeed(random);
        List<Qualified> scanned = MatchRules.best(swarms.values().stream().map(swarm -> MatchRules.judge(swarm, need)), need.limit());
        List<Qualified> found = index.best(need);
        assertThat(found.equals(scanned)).as(() -> "seed " + seed + ": " + need + " finds " + found + " and not " + scanned).isTrue();
        Set<Profile> able = new HashSet<>(index.able(need));
        assertThat(index.able(need)).hasSameSizeAs(able);
        assertThat(scanned.stream().map(Qualified::profile).allMatch(able::contains)).isTrue();
      }
      assertThat(new HashSet<>(index.all())).isEqualTo(new HashSet<>(swarms.values()));
    }
  }

  private void change(Random random) {
    String id = "s" + random.nextInt(80);
    if (random.nextInt(6) == 0) {
      swarms.remove(id);
      index.mark(id);
      return;
    }
    List<String> skills = SKILLS.stream().filter(skill -> random.nextInt(3) > 0).toList();
    // Few prices and reputations, so that many are alike and the ids decide.
    Profile swarm = swarm(id, random.nextInt(4) * USD, 600 + 100 * random.nextInt(4), skills.toArray(String[]::new));
    swarm = blooming(onModel(swarm, pick(random, MODELS)), pick(random, PATTERNS));
    swarm = withCredit(swarm, random.nextInt(3) * 50L);
    if (!skills.isEmpty() && random.nextBoolean()) {
      swarm = skilled(swarm, skills.getFirst(), SkillLevel.SKILL_LEVEL_ADVANCED);
    }
    put(random.nextInt(10) == 0 ? broken(swarm) : swarm);
  }

  private static Need randomNeed(Random random) {
    List<String> wanted = SKILLS.stream().filter(skill -> random.nextInt(3) == 0).toList();
    Map<String, SkillLevel> least = !wanted.isEmpty() && random.nextInt(4) == 0 ? Map.of(wanted.getFirst(), SkillLevel.SKILL_LEVEL_ADVANCED) : Map.of();
    Need need = Swarms.need(wanted, least, random.nextInt(2) * 50L, random.nextInt(3) * USD, 600 + 50 * random.nextInt(3), Set.of("s1", "s2"));
    ClassRoute route =
        random.nextBoolean() ? ClassRoute.NONE : new ClassRoute(List.of(Set.of("sonnet"), Set.of("haiku", "opus")), "");
    return limited(routed(need, route, pick(random, PATTERNS)), 1 + random.nextInt(12));
  }

  private static String pick(Random random, List<String> some) {
    return some.get(random.nextInt(some.size()));
  }

  @Test
  void swarmThatChangesOften_isReadOnceWhenSomebodyAsks() {
    put(swarm("s1", USD, 700, "a:a"));
    for (int i = 0; i < 100; i++) {
      put(withCredit(swarms.get("s1"), i));
    }
    assertThat(index.best(need("a:a"))).singleElement().satisfies(one -> assertThat(one.profile().creditMicros()).isEqualTo(99));
    assertThat(read).containsExactly("s1");
  }

  @Test
  void swarmThatIsGone_isFoundNoMore() {
    put(swarm("s1", USD, 700, "a:a"));
    assertThat(index.best(need("a:a"))).hasSize(1);
    swarms.clear();
    index.mark("s1");
    assertThat(index.best(need("a:a"))).isEmpty();
    assertThat(index.best(need())).isEmpty();
    assertThat(index.able(need("a:a"))).isEmpty();
    assertThat(index.all()).isEmpty();
  }
}
