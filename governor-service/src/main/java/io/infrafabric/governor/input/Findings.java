package io.infrafabric.governor.input;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.names.Capability;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Limits;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Collects every wrong field of one request. One kind of problem keeps its own code, a mixture is INVALID_ARGUMENT. */
public final class Findings {
  private final String subject;
  private final Set<ErrorCode> codes = EnumSet.noneOf(ErrorCode.class);
  private final List<Refusal.Field> fields = new ArrayList<>();

  /** Findings about {@code subject}, which the message begins with. */
  public Findings(String subject) {
    this.subject = subject;
  }

  /** Adds a wrong field and what it must be. */
  public Findings add(ErrorCode code, String path, String description) {
    codes.add(code);
    fields.add(new Refusal.Field(path, description));
    return this;
  }

  /** Adds INVALID_ARGUMENT for the field when the condition does not hold. */
  public Findings require(boolean holds, String path, String description) {
    return holds ? this : add(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, path, description);
  }

  /** Every mutation needs one. */
  public Findings requestId(String text) {
    return require(
        Ids.isRequestId(text), "request_id", "a request id is 1 to 128 letters, digits, dots, colons, underscores and hyphens");
  }

  /** An id of a swarm, account, task. */
  public Findings id(String path, String text) {
    return Ids.isId(text) ? this : add(Ids.invalid(path, text));
  }

  /** A capability. */
  public Findings capability(String path, String text) {
    return Capability.isCapability(text) ? this : add(Capability.invalid(path, text));
  }

  /** An amount in micro-dollars that may be 0. */
  public Findings money(String path, long micros) {
    return micros >= 0 && micros <= Limits.MONEY_MICROS
        ? this
        : add(ErrorCode.ERROR_CODE_INVALID_MONEY, path, "an amount is 0 to %d micro-dollars, not %d".formatted(Limits.MONEY_MICROS, micros));
  }

  /** An amount in micro-dollars above 0. */
  public Findings moneyAboveZero(String path, long micros) {
    return micros == 0
        ? add(ErrorCode.ERROR_CODE_INVALID_MONEY, path, "an amount above 0 micro-dollars is needed")
        : money(path, micros);
  }

  /** Text for people that must be there. */
  public Findings text(String path, String text) {
    return require(!text.isBlank(), path, "must not be empty").atMost(path, text, Limits.TEXT_CHARACTERS);
  }

  /** Text for people that may be missing. */
  public Findings atMost(String path, String text, int characters) {
    return require(text.length() <= characters, path, "at most %d characters, not %d".formatted(characters, text.length()));
  }

  /** The refusal that names every wrong field, or nothing when all is well. */
  public Optional<Refusal> refusal() {
    if (fields.isEmpty()) {
      return Optional.empty();
    }
    ErrorCode code = codes.size() == 1 ? codes.iterator().next() : ErrorCode.ERROR_CODE_INVALID_ARGUMENT;
    String wrong = fields.stream().map(field -> field.path() + " (" + field.description() + ")").collect(Collectors.joining(", "));
    Refusal refusal = Refusal.of(code, "%s: correct %s".formatted(subject, wrong));
    for (Refusal.Field field : fields) {
      refusal = refusal.withField(field.path(), field.description());
    }
    return Optional.of(refusal);
  }

  private Findings add(Refusal invalid) {
    codes.add(invalid.code());
    fields.addAll(invalid.fields());
    return this;
  }
}
