package io.infrafabric.coordinator.blocker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.task.Requirement;
import io.infrafabric.coordinator.task.SpecRules;
import io.infrafabric.coordinator.v1.Attempt;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerWait;
import io.infrafabric.coordinator.v1.Completed;
import io.infrafabric.coordinator.v1.Parked;
import io.infrafabric.coordinator.v1.Priority;
import io.infrafabric.coordinator.v1.Severity;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.names.SwarmId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HelpRulesTest {
  private static final int CASES = 5_000;
  private static final Blocker BLOCKER = Blocker.newBuilder().setBlockerId("b-1").setTaskId("t1").setSwarmId("fox").setSeverity(Severity.SEVERITY_HIGH).build();

  private static List<SwarmId> swarms(String... names) {
    return List.of(names).stream().map(SwarmId::new).toList();
  }

  private static Task parked(TaskSpec.Builder spec, long helpMicros, long reservedMicros) {
    Task claimed = Samples.claimed(spec.build(), "fox", 1);
    return claimed.toBuilder()
        .setParked(
            Parked.newBuilder()
                .setClaim(claimed.getClaimed().toBuilder().setHelpMicros(helpMicros))
                .addBlockerIds("b-1")
                .addWaits(BlockerWait.newBuilder().setBlockerId("b-0").setReservedMicros(reservedMicros)))
        .build();
  }

  @Test
  void bestSwarmForEachNeed_butNobodyTwice() {
    Map<String, List<SwarmId>> ranked = new LinkedHashMap<>();
    ranked.put("a:a", swarms("owl", "bee"));
    ranked.put("b:b", swarms("owl", "cat"));
    assertThat(HelpRules.choose(ranked)).containsExactly(new HelpRules.Helper("a:a", new SwarmId("owl")), new HelpRules.Helper("b:b", new SwarmId("cat")));
  }

  @Test
  void needThatOnlyOneCanMeet_getsThatOne_thoughAnotherWouldLikeItBetter() {
    Map<String, List<SwarmId>> ranked = new LinkedHashMap<>();
    ranked.put("a:a", swarms("owl", "bee"));
    ranked.put("b:b", swarms("owl"));
    ranked.put("c:c", swarms());
    assertThat(HelpRules.choose(ranked)).containsExactly(new HelpRules.Helper("a:a", new SwarmId("bee")), new HelpRules.Helper("b:b", new SwarmId("owl")));
  }

  @Test
  void asManyNeedsAreMetAsCanBe_byDifferentSwarms() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < CASES; i++) {
      Map<String, List<SwarmId>> ranked = new LinkedHashMap<>();
      for (int need = 0; need < 3; need++) {
        List<SwarmId> all = new ArrayList<>(swarms("s1", "s2", "s3", "s4"));
        Collections.shuffle(all, random);
        ranked.put("n:" + need, all.subList(0, random.nextInt(4)));
      }
      List<HelpRules.Helper> chosen = HelpRules.choose(ranked);
      assertThat(chosen).as("seed %d: %s", seed, ranked).allMatch(helper -> ranked.get(helper.need()).contains(helper.swarm()));
      assertThat(chosen).extracting(HelpRules.Helper::swarm).as("seed %d: %s", seed, ranked).doesNotHaveDuplicates();
      assertThat(chosen).as("seed %d: %s", seed, ranked).hasSize(most(new ArrayList<>(ranked.values()), List.of()));
    }
  }

  /** The most needs that can be met, tried out. */
  private static int most(List<List<SwarmId>> needs, List<SwarmId> taken) {
    if (needs.isEmpty()) {
      return 0;
    }
    List<List<SwarmId>> rest = needs.subList(1, needs.size());
    int best = most(rest, taken);
    for (SwarmId swarm : needs.getFirst()) {
      if (!taken.contains(swarm)) {
        List<SwarmId> more = new ArrayList<>(taken);
        more.add(swarm);
        best = Math.max(best, 1 + most(rest, more));
      }
    }
    return best;
  }

  private static HelpSettings settings(int tries, int holderShares) {
    HelpSettings usual = HelpSettings.defaults();
    return new HelpSettings(tries, holderShares, 120, usual.roomPatience(), usual.askAgain(), usual.searchAgain(), usual.searches());
  }

  @Test
  void limitsOfHelp_areChecked() {
    assertThatIllegalArgumentException().isThrownBy(() -> settings(0, 1)).withMessageContaining("help-tries");
    assertThatIllegalArgumentException().isThrownBy(() -> settings(2, 0)).withMessageContaining("help-holder-shares");
    HelpSettings usual = HelpSettings.defaults();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new HelpSettings(2, 1, 9, usual.roomPatience(), usual.askAgain(), usual.searchAgain(), 1))
        .withMessage("help-lines is 10 to 120, not 9");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new HelpSettings(2, 1, 10, Duration.ZERO, usual.askAgain(), usual.searchAgain(), 1))
        .withMessageContaining("help-room-patience");
  }

  @Test
  void capOfTheTask_isSplitOverItsHelpAndItsHolder_andNeverMore() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < CASES; i++) {
      long cap = random.nextLong(1_000_000);
      long used = random.nextLong(cap / 3 + 1);
      long reserved = random.nextLong(cap / 3 + 1);
      HelpSettings settings = settings(1 + random.nextInt(5), 1 + random.nextInt(10));
      int helpers = 1 + random.nextInt(HelpSettings.MOST_HELPERS);
      List<HelpRules.Helper> chosen = IntStream.range(0, helpers).mapToObj(n -> new HelpRules.Helper("n:" + n, new SwarmId("s" + n))).toList();
      List<TaskSpec> specs = HelpRules.specs(parked(Samples.spec("t1").setMaxCostMicros(cap), used, reserved), BLOCKER, chosen, settings);
      long all = specs.stream().mapToLong(spec -> spec.getMaxCostMicros() * spec.getMaxAttempts()).sum();
      long left = cap - used - reserved - all;
      assertThat(left).as("seed %d: what the holder keeps of %d", seed, cap).isBetween((cap - used - reserved) * settings.holderShares() / (helpers + settings.holderShares()), cap);
      assertThat(specs).as("seed %d", seed).allMatch(spec -> spec.getMaxCostMicros() >= 0);
    }
  }

  @Test
  void helpTask_isForOneNeed_closedToTheBlockedAndToTheOtherHelpers() {
    List<HelpRules.Helper> helpers = List.of(new HelpRules.Helper("a:a", new SwarmId("owl")), new HelpRules.Helper("b:b", new SwarmId("bee")));
    List<TaskSpec> specs =
        HelpRules.specs(parked(Samples.spec("t1").setMaxCostMicros(9_000_000).addExcludeSwarmIds("elk").setMinReputationMillis(5), 0, 0), BLOCKER, helpers, HelpSettings.defaults());
    assertThat(specs).extracting(TaskSpec::getTaskId).containsExactly("b-1-h1", "b-1-h2");
    assertThat(specs.get(0).getRequiredCapabilitiesList()).containsExactly("a:a");
    assertThat(specs.get(0).getExcludeSwarmIdsList()).containsExactly("elk", "fox", "bee");
    assertThat(specs.get(1).getExcludeSwarmIdsList()).containsExactly("elk", "fox", "owl");
    assertThat(specs.get(0).getMaxCostMicros()).isEqualTo(1_500_000);
    assertThat(specs.get(0).getPriority()).isEqualTo(Priority.PRIORITY_HIGH);
    assertThat(specs.get(0).getMinReputationMillis()).isEqualTo(5);
    assertThat(specs.get(0).getHelpsSwarmId()).isEqualTo("fox");
    assertThat(Requirement.of(specs.get(0)).helps()).as("whose relations weigh in who is offered it").isEqualTo("fox");
    assertThat(specs.get(0).getPayload().toStringUtf8()).contains("\"taskId\":\"t1\"").contains("\"need\":\"a:a\"");
    assertThat(SpecRules.check(specs.get(0).toBuilder().clearBlockerId().clearPaidBySwarmId().clearHelpsSwarmId().build(), "")).isEmpty();
    assertThat(SpecRules.check(specs.get(0), "")).as("nobody but the fabric makes help").isPresent();
  }

  @Test
  void helpThatHasNotEnded_countsAsMuchAsItMayCost() {
    TaskSpec spec = Samples.spec("h1").setMaxCostMicros(100).setMaxAttempts(2).build();
    assertThat(HelpRules.costMicros(Samples.claimed(spec, "owl", 1))).isEqualTo(200);
    Task done =
        Samples.claimed(spec, "owl", 2).toBuilder()
            .addAttempts(Attempt.newBuilder().setCostMicros(30))
            .addAttempts(Attempt.newBuilder().setCostMicros(40))
            .setCompleted(Completed.getDefaultInstance())
            .build();
    assertThat(HelpRules.costMicros(done)).isEqualTo(70);
  }

  @Test
  void taskHasAtMostAsManyHelpersAtOnceAsThePolicyAllows() {
    Task help = Samples.ready(Samples.spec("h").setBlockerId("b-0").build());
    Task task = parked(Samples.spec("t1"), 0, 0);
    task = BlockerRules.helped(task, BLOCKER, List.of("h1", "h2"), 10);
    assertThat(HelpRules.room(task, id -> Optional.of(help), 3)).isEqualTo(1);
    assertThat(HelpRules.room(task, id -> Optional.of(help), 5)).isEqualTo(3);
    assertThat(HelpRules.room(task, id -> Optional.of(help), 1)).as("they were more before the policy was changed").isZero();
    Task ended = help.toBuilder().setCompleted(Completed.getDefaultInstance()).build();
    assertThat(HelpRules.room(task, id -> Optional.of(ended), 3)).isEqualTo(3);
  }
}
