package io.infrafabric.names;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.error.RefusedException;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeysTest {
  private final Keys keys = new Keys();
  private final List<Function<String, String>> builders =
      List.of(
          id -> keys.task(new TaskId(id)),
          id -> keys.plan(new PlanId(id)),
          id -> keys.session(new SwarmId(id)),
          id -> keys.commitments(new SwarmId(id)),
          id -> keys.standing(new SwarmId(id)),
          id -> keys.swarm(new SwarmId(id)),
          id -> keys.account(new SwarmId(id)),
          id -> keys.breaker(new SwarmId(id)),
          id -> keys.contract(new SwarmId(id)),
          id -> keys.spend(new SwarmId("fox"), id),
          id -> keys.escalation(new EscalationId(id)),
          id -> keys.ledger(new SwarmId(id), id));

  static Stream<String> nasty() {
    return NastyIds.all();
  }

  @Test
  void key_tellsItsId() {
    for (Function<String, String> builder : builders) {
      assertThat(Keys.idOf(builder.apply("fox-7"))).isEqualTo("fox-7");
    }
  }

  @Test
  void keys_areThoseOfTheWire() {
    assertThat(keys.task(new TaskId("t1"))).matches("/if/v1/tasks/[0-9a-f]{2}/t1");
    assertThat(keys.plan(new PlanId("p1"))).isEqualTo("/if/v1/plans/p1");
    assertThat(keys.session(new SwarmId("fox"))).isEqualTo("/if/v1/sessions/fox");
    assertThat(keys.commitments(new SwarmId("fox"))).isEqualTo("/if/v1/commitments/fox");
    assertThat(keys.standing(new SwarmId("fox"))).isEqualTo("/if/v1/standing/fox");
    assertThat(keys.spend(new SwarmId("fox"), "20261130")).isEqualTo("/if/v1/spend/fox/20261130");
    assertThat(keys.policyInForce()).isEqualTo("/if/v1/policy/current");
    assertThat(keys.policyShadow()).isEqualTo("/if/v1/policy/shadow");
    assertThat(keys.policy(12)).isEqualTo("/if/v1/policy/12");
    assertThat(keys.ledger(new SwarmId("acme"), "R.1:2_a-b")).isEqualTo("/if/v1/ledger/acme/R.1:2_a-b");
    assertThat(keys.escalation(new EscalationId("e1"))).isEqualTo("/if/v1/escalations/e1");
    assertThat(keys.witnessCheckpoint()).isEqualTo("/if/v1/witness/checkpoint");
    assertThat(keys.relayCursor("coordinator")).isEqualTo("/if/v1/relay/coordinator/cursor");
    assertThat(keys.election("coordinator-duty")).isEqualTo("/if/v1/elections/coordinator-duty");
  }

  /** Sixteen places of each swarm, which its versions take in turn. */
  @Test
  void versionsOfAManifest_takeTurnsInTheirPlaces_andNeverInThoseOfAnother() {
    assertThat(keys.manifest(new SwarmId("fox"), 1)).isEqualTo("/if/v1/manifests/fox/01");
    assertThat(keys.manifest(new SwarmId("fox"), 16)).isEqualTo("/if/v1/manifests/fox/00");
    assertThat(keys.manifest(new SwarmId("fox"), 17)).isEqualTo(keys.manifest(new SwarmId("fox"), 1));
    assertThat(Stream.iterate(0, n -> n + 1).limit(100).map(version -> keys.manifest(new SwarmId("fox"), version)).distinct()).hasSize(Limits.MANIFEST_VERSIONS_KEPT);
    assertThat(keys.manifest(new SwarmId("foxes"), 1)).doesNotStartWith(keys.manifests() + "fox/");
  }

  @Test
  void task_liesInItsShard_andNowhereElse() {
    Random random = new Random(7);
    for (int i = 0; i < 500; i++) {
      String key = keys.task(new TaskId(NastyIds.random(random)));
      long shards = Stream.iterate(0, n -> n + 1).limit(Keys.TASK_SHARDS).filter(n -> key.startsWith(keys.taskShard(n))).count();
      assertThat(shards).as(key).isEqualTo(1);
      assertThat(key).startsWith(keys.tasks());
    }
  }

  /** Invariant I14: a range over what is a's never reaches what is b's, and no two ids share a key. */
  @Test
  void keysOfOne_areNeverInTheRangeOfAnother() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 5_000; i++) {
      String a = NastyIds.random(random);
      String b = NastyIds.random(random);
      if (a.equals(b)) {
        continue;
      }
      for (Function<String, String> of : builders) {
        for (Function<String, String> with : builders) {
          assertThat(of.apply(a)).as("seed %d: %s and %s", seed, a, b).isNotEqualTo(with.apply(b));
          assertThat(of.apply(a)).as("seed %d: %s and %s", seed, a, b).doesNotStartWith(with.apply(b) + "/");
        }
      }
    }
  }

  /** The ranges of the features are disjoint, and so are those of two roots. */
  @Test
  void features_areNeverInTheRangeOfAnother() {
    List<String> prefixes =
        List.of(
            keys.tasks(), keys.plans(), keys.sessions(), keys.commitments(), keys.standings(), keys.swarms(), keys.accounts(), keys.breakers(),
            keys.contracts(), keys.manifests(), keys.policies(), keys.escalations(), keys.ledger());
    for (String one : prefixes) {
      assertThat(one).endsWith("/");
      assertThat(prefixes.stream().filter(other -> other.startsWith(one))).containsExactly(one);
    }
    assertThat(new Keys("/if/v1/").tasks()).doesNotStartWith(new Keys("/if/v11/").root());
  }

  @ParameterizedTest
  @MethodSource("nasty")
  void nastyId_isRefusedBeforeThereIsAKey(String text) {
    for (Function<String, String> builder : builders) {
      assertThatThrownBy(() -> builder.apply(text)).isInstanceOf(RefusedException.class);
    }
    assertThatThrownBy(() -> keys.election(text)).isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> keys.relayCursor(text)).isInstanceOf(RefusedException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/", "if/", "/if", "//", "/if//v1/"})
  void root_isRefusedWhenItIsNoFolder(String root) {
    assertThatThrownBy(() -> new Keys(root)).isInstanceOf(IllegalArgumentException.class);
  }
}
