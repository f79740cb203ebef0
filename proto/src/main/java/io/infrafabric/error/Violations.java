package io.infrafabric.error;

import io.infrafabric.common.v1.ErrorCode;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Collects what is wrong with a request, so that all of it is told at once. */
public final class Violations {
  /** Fields that are told; of a request that is wrong all over the others are counted. */
  public static final int MOST = 20;

  private final Set<ErrorCode> codes = EnumSet.noneOf(ErrorCode.class);
  private final List<Refusal.Field> fields = new ArrayList<>();
  private int untold;

  /** Notes one wrong field. */
  public Violations add(ErrorCode code, String field, String description) {
    codes.add(code);
    note(new Refusal.Field(field, description));
    return this;
  }

  /** Notes a wrong field when the condition does not hold. */
  public Violations check(boolean holds, ErrorCode code, String field, String description) {
    return holds ? this : add(code, field, description);
  }

  /** The fields of another refusal. */
  public Violations add(Refusal refusal) {
    codes.add(refusal.code());
    refusal.fields().forEach(this::note);
    return this;
  }

  /** Whether something is wrong with the field, or with a part of it, as far as it was noted. */
  public boolean names(String field) {
    return fields.stream()
        .map(Refusal.Field::path)
        .anyMatch(path -> path.startsWith(field) && (path.length() == field.length() || ".[".indexOf(path.charAt(field.length())) >= 0));
  }

  private void note(Refusal.Field field) {
    if (fields.size() < MOST) {
      fields.add(field);
    } else {
      untold++;
    }
  }

  /** The refusal of all of it: with the one code when there is one kind, INVALID_ARGUMENT otherwise. */
  public Optional<Refusal> refusal(String what) {
    if (fields.isEmpty()) {
      return Optional.empty();
    }
    ErrorCode code = codes.size() == 1 ? codes.iterator().next() : ErrorCode.ERROR_CODE_INVALID_ARGUMENT;
    String message =
        fields.stream().map(field -> field.path() + ": " + field.description()).collect(Collectors.joining("; ", what + ": ", untold == 0 ? "" : "; and " + untold + " more"));
    Refusal refusal = Refusal.of(code, message);
    for (Refusal.Field field : fields) {
      refusal = refusal.withField(field.path(), field.description());
    }
    return Optional.of(refusal);
  }
}
