package io.infrafabric.policy;

import io.infrafabric.governor.v1.PolicyCondition;
import io.infrafabric.names.Ids;
import java.util.Optional;
import java.util.Set;

/** Reads one condition of a document: a name of its own, and expressions that mean something. */
final class ConditionReader {
  private static final int MESSAGE_CHARACTERS = 255;

  private ConditionReader() {}

  /**
   * The condition, unless it has no name or no requirement.
   *
   * @param names of the conditions before it; its own is added
   */
  static Optional<PolicyCondition> read(Fields fields, Set<String> names, Problems problems) {
    Optional<String> name = fields.text("name");
    if (name.isEmpty() || !Ids.isId(name.get())) {
      problems.add(fields.lineOf("name"), fields.pathOf("name"), "a name is needed: lower-case letters, digits and inner hyphens, 1 to 63 characters");
    } else if (!names.add(name.get())) {
      problems.add(fields.lineOf("name"), fields.pathOf("name"), "another condition has this name");
    }
    PolicyCondition.Builder condition = PolicyCondition.newBuilder();
    name.ifPresent(condition::setName);
    expression(fields, "when", problems).ifPresent(condition::setWhen);
    Optional<String> require = expression(fields, "require", problems);
    if (require.isEmpty()) {
      problems.add(fields.lineOf("require"), fields.pathOf("require"), "an expression is needed that must be true, such as swarm.reputation_millis >= 900");
    }
    fields
        .text("message")
        .ifPresent(
            text -> {
              if (text.length() > MESSAGE_CHARACTERS) {
                problems.add(fields.lineOf("message"), fields.pathOf("message"), "at most %d characters, not %d".formatted(MESSAGE_CHARACTERS, text.length()));
              }
              condition.setMessage(text);
            });
    return name.isPresent() && require.isPresent() ? Optional.of(condition.setRequire(require.get()).build()) : Optional.empty();
  }

  private static Optional<String> expression(Fields fields, String name, Problems problems) {
    Optional<String> text = fields.text(name).filter(given -> !given.isBlank());
    if (text.isPresent()) {
      try {
        Expressions.compile(text.get());
      } catch (Expressions.Unsound unsound) {
        problems.add(fields.lineOf(name), fields.pathOf(name), unsound.getMessage());
      }
    }
    return text;
  }
}
