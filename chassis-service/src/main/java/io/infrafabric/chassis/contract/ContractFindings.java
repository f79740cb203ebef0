package io.infrafabric.chassis.contract;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Collects what is wrong. Problems of one kind keep their code, a mixture is INVALID_ARGUMENT. */
final class ContractFindings {
  private final Set<ErrorCode> codes = EnumSet.noneOf(ErrorCode.class);
  private final List<Refusal.Field> fields = new ArrayList<>();

  void add(ErrorCode code, String path, String description) {
    codes.add(code);
    fields.add(new Refusal.Field(path, description));
  }

  void add(Refusal invalid) {
    codes.add(invalid.code());
    fields.addAll(invalid.fields());
  }

  void require(boolean holds, String path, String description) {
    if (!holds) {
      add(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, path, description);
    }
  }

  boolean isEmpty() {
    return fields.isEmpty();
  }

  /** The refusal with every field, or nothing. */
  Optional<Refusal> refusal(String subject) {
    if (fields.isEmpty()) {
      return Optional.empty();
    }
    ErrorCode code = codes.size() == 1 ? codes.iterator().next() : ErrorCode.ERROR_CODE_INVALID_ARGUMENT;
    String wrong = fields.stream().map(field -> field.path() + " (" + field.description() + ")").collect(Collectors.joining(", "));
    Refusal refusal = Refusal.of(code, subject + ": correct " + wrong);
    for (Refusal.Field field : fields) {
      refusal = refusal.withField(field.path(), field.description());
    }
    return Optional.of(refusal);
  }
}
