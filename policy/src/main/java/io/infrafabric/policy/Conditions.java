package io.infrafabric.policy;

import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import io.infrafabric.governor.v1.ClaimFacts;
import io.infrafabric.governor.v1.PolicyCondition;
import io.infrafabric.governor.v1.PolicyFinding;
import io.infrafabric.governor.v1.ViolationType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/** The conditions of one policy, made ready once. What goes wrong in one denies. Safe for any thread. */
public final class Conditions {
  /** Those of a policy without any. */
  static final Conditions NONE = new Conditions(List.of(), () -> 0);

  private static final Map<String, Object> NOTHING = variables(ClaimFacts.getDefaultInstance());

  private final List<Compiled> all;
  private final LongSupplier nanos;

  /**
   * A condition ready to be evaluated.
   *
   * @param when empty when it is about every claim
   * @param fault why it cannot be evaluated at all: the policy is of another version
   */
  private record Compiled(PolicyCondition condition, Optional<CelRuntime.Program> when, Optional<CelRuntime.Program> require, String fault) {}

  private Conditions(List<Compiled> all, LongSupplier nanos) {
    this.all = all;
    this.nanos = nanos;
  }

  /**
   * Makes them ready; one that cannot be compiled here will deny every claim.
   *
   * @param nanos the time that the thread has used, for the deadline
   */
  static Conditions of(List<PolicyCondition> conditions, LongSupplier nanos) {
    return conditions.isEmpty() ? NONE : new Conditions(conditions.stream().map(Conditions::compile).toList(), nanos);
  }

  private static Compiled compile(PolicyCondition condition) {
    try {
      Optional<CelRuntime.Program> when = condition.getWhen().isEmpty() ? Optional.empty() : Optional.of(Expressions.compile(condition.getWhen()));
      CelRuntime.Program require = Expressions.compile(condition.getRequire());
      when.ifPresent(Conditions::tryOut);
      tryOut(require);
      return new Compiled(condition, when, Optional.of(require), "");
    } catch (Expressions.Unsound unsound) {
      return new Compiled(condition, Optional.empty(), Optional.empty(), unsound.getMessage());
    }
  }

  /** Evaluates once for nothing: what is loaded with the first evaluation must not count as the time of a decision. */
  private static void tryOut(CelRuntime.Program program) {
    try {
      holds(program, NOTHING, new Meter(() -> 0));
    } catch (CelEvaluationException | RuntimeException ofNoConsequence) {
      // There is nothing that it could look at.
    }
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return all.isEmpty();
  }

  /**
   * What was found.
   *
   * @param findings of the conditions that do not hold or could not be evaluated
   * @param late whether the clock cut it short, so that another time it may come out otherwise
   */
  record Outcome(List<PolicyFinding> findings, boolean late) {}

  /** Evaluates all of them. */
  Outcome evaluate(ClaimFacts facts) {
    if (all.isEmpty()) {
      return new Outcome(List.of(), false);
    }
    Map<String, Object> variables = variables(facts);
    Meter meter = new Meter(nanos);
    List<PolicyFinding> findings = new ArrayList<>();
    for (Compiled each : all) {
      try {
        boolean applies = each.fault().isEmpty() && (each.when().isEmpty() || holds(each.when().get(), variables, meter));
        if (!each.fault().isEmpty()) {
          findings.add(error(each, each.fault()));
        } else if (applies && !holds(each.require().orElseThrow(), variables, meter)) {
          findings.add(denied(each.condition()));
        }
      } catch (CelEvaluationException | RuntimeException failure) {
        findings.add(error(each, meter.isOver() ? meter.why() : String.valueOf(failure.getMessage())));
      }
    }
    return new Outcome(findings, meter.isLate());
  }

  private static Map<String, Object> variables(ClaimFacts facts) {
    return Map.of("task", facts.getTask(), "swarm", facts.getSwarm(), "account", facts.getAccount());
  }

  private static boolean holds(CelRuntime.Program program, Map<String, Object> variables, Meter meter) throws CelEvaluationException {
    Object result = program.trace(variables, meter);
    meter.look();
    if (meter.isOver()) {
      throw new IllegalStateException(meter.why());
    }
    if (result instanceof Boolean holds) {
      return holds;
    }
    throw new IllegalStateException("it is neither true nor false");
  }

  private static PolicyFinding denied(PolicyCondition condition) {
    String said = condition.getMessage().isEmpty() ? condition.getRequire() + " does not hold" : condition.getMessage();
    return PolicyFinding.newBuilder().setType(ViolationType.VIOLATION_TYPE_CONDITION).setRule(condition.getName()).setDetail(said).build();
  }

  private static PolicyFinding error(Compiled condition, String why) {
    return PolicyFinding.newBuilder()
        .setType(ViolationType.VIOLATION_TYPE_CONDITION_ERROR)
        .setRule(condition.condition().getName())
        .setDetail("it cannot be evaluated, which denies: " + why)
        .build();
  }
}
