package io.infrafabric.policy;

import io.infrafabric.governor.v1.PolicyLimits;
import io.infrafabric.governor.v1.PolicyProblem;
import io.infrafabric.governor.v1.PolicyTerms;
import io.infrafabric.names.Limits;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * A policy as people write it, read: YAML with the keys {@code preset}, {@code resource_policy}, {@code circuit_breaker}, {@code relations}
 * and {@code conditions}. What a document leaves out is as in its preset, production when it names none. Everything that is wrong with it is found at once.
 *
 * @param terms what it says; of no use while there are problems
 * @param problems all of them, by line
 */
public record PolicyDocument(PolicyTerms terms, List<PolicyProblem> problems) {
  /** The largest document. */
  public static final int MOST_BYTES = 32 * 1024;

  /** Help tasks have so many ids to take (docs/reference/blockers.md). */
  private static final int MOST_SWARMS = 5;

  private static final int MOST_FAILURES = 100;

  private static final List<String> TOP = List.of("preset", "resource_policy", BreakerReader.PART, RelationReader.PART, "conditions");
  private static final List<String> RESOURCE_POLICY =
      List.of("max_swarms_per_task", "max_cost_per_task", "min_capability_match", "circuit_breaker_failure_threshold");

  private static final int MOST_CONDITIONS = 32;
  private static final List<String> CONDITION = List.of("name", "when", "require", "message");

  public PolicyDocument {
    problems = List.copyOf(problems);
  }

  /** Whether it can be put in force. */
  public boolean isSound() {
    return problems.isEmpty();
  }

  /** Reads a document. */
  public static PolicyDocument read(String text) {
    Problems problems = new Problems();
    PolicyTerms terms = compose(text, problems).map(root -> terms(root, problems)).orElse(PolicyTerms.getDefaultInstance());
    return new PolicyDocument(terms, problems.inOrder());
  }

  private static Optional<Node> compose(String text, Problems problems) {
    int bytes = text.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MOST_BYTES) {
      problems.add(0, "", "at most %d bytes, not %d".formatted(MOST_BYTES, bytes));
      return Optional.empty();
    }
    try {
      Optional<Node> root = new Compose(LoadSettings.builder().setLabel("policy").build()).composeString(text);
      if (root.isEmpty()) {
        problems.add(0, "", "it is empty: begin with a preset (ifctl policy presets)");
      }
      return root;
    } catch (MarkedYamlEngineException malformed) {
      problems.add(malformed.getProblemMark().map(mark -> mark.getLine() + 1).orElse(0), "", "it is no YAML: " + malformed.getProblem());
    } catch (YamlEngineException malformed) {
      problems.add(0, "", "it is no YAML: " + malformed.getMessage());
    }
    return Optional.empty();
  }

  private static PolicyTerms terms(Node root, Problems problems) {
    Fields top = Fields.of(root, "", TOP, problems);
    PolicyTerms.Builder terms = PolicyTerms.newBuilder().setLimits(preset(top, problems));
    top.node("resource_policy").ifPresent(node -> limits(Fields.of(node, "resource_policy.", RESOURCE_POLICY, problems), terms.getLimitsBuilder()));
    top.node(BreakerReader.PART).ifPresent(node -> terms.setBreaker(BreakerReader.read(node, problems)));
    terms.addAllRelations(RelationReader.read(top, problems));
    List<Node> conditions = top.items("conditions");
    if (conditions.size() > MOST_CONDITIONS) {
      problems.add(top.lineOf("conditions"), "conditions", "at most %d conditions, not %d".formatted(MOST_CONDITIONS, conditions.size()));
    }
    Set<String> names = new HashSet<>();
    for (int i = 0; i < Math.min(MOST_CONDITIONS, conditions.size()); i++) {
      Fields fields = Fields.of(conditions.get(i), "conditions[" + i + "].", CONDITION, problems);
      ConditionReader.read(fields, names, problems).ifPresent(terms::addConditions);
    }
    return terms.build();
  }

  private static PolicyLimits preset(Fields top, Problems problems) {
    Optional<String> name = top.text("preset");
    Optional<Preset> known = name.flatMap(Preset::named);
    if (name.isPresent() && known.isEmpty()) {
      problems.add(top.lineOf("preset"), "preset", "one of %s is expected, not %s".formatted(Preset.names(), Fields.shown(name.get())));
    }
    return known.orElse(Preset.PRODUCTION).limits();
  }

  private static void limits(Fields fields, PolicyLimits.Builder limits) {
    fields.number("max_swarms_per_task", 0, 1, MOST_SWARMS).ifPresent(swarms -> limits.setMaxSwarmsPerTask(swarms.intValue()));
    fields.number("max_cost_per_task", 6, 0, Limits.MONEY_MICROS).ifPresent(limits::setMaxCostPerTaskMicros);
    fields.number("min_capability_match", 3, 0, 1_000).ifPresent(match -> limits.setMinCapabilityMatchMillis(match.intValue()));
    fields.number("circuit_breaker_failure_threshold", 0, 1, MOST_FAILURES).ifPresent(failures -> limits.setFailureThreshold(failures.intValue()));
  }
}
