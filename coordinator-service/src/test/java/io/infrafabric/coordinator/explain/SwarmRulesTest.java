package io.infrafabric.coordinator.explain;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.claim.Admission;
import io.infrafabric.coordinator.claim.ClaimRules;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.PolicyCondition;
import io.infrafabric.governor.v1.PolicyTerms;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.policy.ActivePolicy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SwarmRulesTest {
  private static final int CASES = 5_000;
  private static final List<ActivePolicy> POLICIES = List.of(ActivePolicy.first(), ActivePolicy.unreadable(), policy("true"), policy("swarm.open_claims < 2"));
  private static final List<String> SKILLS = IntStream.range(0, 10).mapToObj(i -> "code:s" + i).toList();

  @Test
  void explanation_isEmptyExactlyWhenAClaimWouldBeAdmitted() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int fit = 0;
    for (int i = 0; i < CASES; i++) {
      TaskSpec spec = spec(random);
      Admission swarm = swarm(random);
      boolean admitted = ClaimRules.admit(spec, swarm).isEmpty();
      assertThat(SwarmRules.of(spec, swarm, random.nextInt(3)).isEmpty())
          .as("seed %d, case %d: %s claims %s", seed, i, swarm, spec)
          .isEqualTo(admitted);
      fit += admitted ? 1 : 0;
    }
    assertThat(fit).as("cases of both kinds, seed %d", seed).isBetween(CASES / 100, CASES * 9 / 10);
  }

  private static ActivePolicy policy(String require) {
    PolicyTerms.Builder terms = ActivePolicy.first().terms().toBuilder().addConditions(PolicyCondition.newBuilder().setName("c").setRequire(require));
    terms.getLimitsBuilder().setMaxCostPerTaskMicros(2_000).setMinCapabilityMatchMillis(500);
    return ActivePolicy.of(7, terms.build());
  }

  private static TaskSpec spec(Random random) {
    TaskSpec.Builder spec = Samples.spec("t1", some(random, 4)).setMaxCostMicros(random.nextInt(4) * 1_000L).setMinReputationMillis(random.nextInt(4) * 250);
    if (random.nextInt(4) == 0) {
      spec.addOwnerSwarmIds(random.nextBoolean() ? "fox" : "owl");
    }
    return spec.build();
  }

  private static Admission swarm(Random random) {
    Standing standing =
        Samples.standing("fox", some(random, 10))
            .setBreaker(random.nextInt(5) == 0 ? BreakerState.BREAKER_STATE_OPEN : BreakerState.BREAKER_STATE_CLOSED)
            .setReputationMillis(random.nextInt(5) * 250)
            .setMaxConcurrent(random.nextInt(4))
            .setPolicyRevision(random.nextInt(3))
            .setCreditMicros(random.nextInt(6) * 1_000L - 1_000)
            .addSettledClaimIds("c0")
            .build();
    Commitment[] book = new Commitment[random.nextInt(20) == 0 ? 201 : random.nextInt(4)];
    for (int i = 0; i < book.length; i++) {
      Commitment.Builder commitment = Samples.open("c" + i, random.nextInt(2) * 1_000L).toBuilder();
      if (random.nextBoolean() || book.length > 4) {
        commitment.setEnd(ClaimEnd.CLAIM_END_FAILED).setCostMicros(random.nextInt(2) * 500L);
      }
      book[i] = commitment.build();
    }
    return Samples.under(POLICIES.get(random.nextInt(POLICIES.size())), Samples.admission(standing, book));
  }

  private static String[] some(Random random, int most) {
    List<String> all = new ArrayList<>(SKILLS);
    Collections.shuffle(all, random);
    return all.subList(0, random.nextInt(most + 1)).toArray(String[]::new);
  }
}
