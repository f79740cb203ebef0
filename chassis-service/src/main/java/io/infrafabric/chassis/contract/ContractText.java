package io.infrafabric.chassis.contract;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.infrafabric.chassis.v1.Contract;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.kit.config.Nearest;
import io.infrafabric.kit.time.Times;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads a contract that a person wrote, in YAML or JSON. Keys are the field names of chassis.proto, with hyphens or
 * underscores; durations are written {@code 500ms}, {@code 30s}, {@code 5m}; sizes {@code 64KiB}, {@code 256MiB} or plain.
 */
public final class ContractText {
  private static final int LONGEST = 64 * 1024;

  private ContractText() {}

  /**
   * Returns the contract; {@link ContractRules#validate} has not seen it.
   *
   * @throws io.infrafabric.error.RefusedException UNKNOWN_FIELD with the nearest known key, or INVALID_ARGUMENT; all problems
   *     at once
   */
  public static Contract parse(String text) {
    ContractFindings findings = new ContractFindings();
    Contract.Builder contract = Contract.newBuilder();
    document(text, findings).ifPresent(map -> read(map, contract, "", findings));
    findings
        .refusal("the contract cannot be read")
        .ifPresent(
            refusal -> {
              throw refusal.asException();
            });
    return contract.build();
  }

  private static Optional<Map<?, ?>> document(String text, ContractFindings findings) {
    if (text.length() > LONGEST) {
      findings.require(false, "document", "at most %d characters".formatted(LONGEST));
      return Optional.empty();
    }
    try {
      Object document = new Load(LoadSettings.builder().setLabel("contract").build()).loadFromString(text);
      if (document instanceof Map<?, ?> map) {
        return Optional.of(map);
      }
      findings.require(false, "document", "keys and values in YAML or JSON");
    } catch (YamlEngineException malformed) {
      findings.require(false, "document", "YAML or JSON; " + firstLine(malformed));
    }
    return Optional.empty();
  }

  private static void read(Map<?, ?> map, Message.Builder into, String prefix, ContractFindings findings) {
    Descriptor type = into.getDescriptorForType();
    map.forEach(
        (key, value) -> {
          String name = String.valueOf(key).replace('-', '_');
          FieldDescriptor field = type.findFieldByName(name);
          if (field == null) {
            findings.add(ErrorCode.ERROR_CODE_UNKNOWN_FIELD, prefix + shown(key), unknown(name, type));
          } else if (value != null) {
            set(field, value, into, prefix + name, findings);
          }
        });
  }

  private static String unknown(String name, Descriptor type) {
    List<String> known = type.getFields().stream().map(FieldDescriptor::getName).toList();
    return Nearest.to(name, known)
        .map(near -> "not a key; did you mean %s?".formatted(near))
        .orElseGet(() -> "not a key; known are %s".formatted(known.stream().sorted().collect(Collectors.joining(", "))));
  }

  private static void set(FieldDescriptor field, Object value, Message.Builder into, String path, ContractFindings findings) {
    if (field.isRepeated()) {
      List<?> values = value instanceof List<?> list ? list : List.of(value);
      values.forEach(each -> into.addRepeatedField(field, String.valueOf(each)));
    } else if (isDuration(field)) {
      Quantities.duration(String.valueOf(value))
          .ifPresentOrElse(
              duration -> into.setField(field, Times.toProto(duration)),
              () -> findings.require(false, path, "a duration such as 500ms, 30s or 5m"));
    } else {
      switch (field.getJavaType()) {
        case MESSAGE -> nested(field, value, into, path, findings);
        case STRING -> into.setField(field, String.valueOf(value));
        default -> number(field, value, into, path, findings);
      }
    }
  }

  private static void nested(
      FieldDescriptor field, Object value, Message.Builder into, String path, ContractFindings findings) {
    if (value instanceof Map<?, ?> map) {
      read(map, into.getFieldBuilder(field), path + ".", findings);
    } else {
      findings.require(false, path, "keys and values");
    }
  }

  private static void number(
      FieldDescriptor field, Object value, Message.Builder into, String path, ContractFindings findings) {
    Optional<Long> number = Quantities.size(String.valueOf(value));
    boolean isInt = field.getJavaType() == FieldDescriptor.JavaType.INT;
    if (number.isEmpty() || (isInt && number.get() > Integer.MAX_VALUE)) {
      findings.require(false, path, path.endsWith("_bytes") ? "a size such as 65536, 64KiB or 256MiB" : "a whole number");
    } else {
      into.setField(field, isInt ? (Object) number.get().intValue() : number.get());
    }
  }

  private static boolean isDuration(FieldDescriptor field) {
    return field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
        && field.getMessageType().equals(com.google.protobuf.Duration.getDescriptor());
  }

  private static String shown(Object key) {
    String text = String.valueOf(key).replaceAll("[^ -~]", "?");
    return text.length() > 80 ? text.substring(0, 80) + "..." : text;
  }

  private static String firstLine(YamlEngineException malformed) {
    return shown(String.valueOf(malformed.getMessage()).lines().findFirst().orElse(""));
  }
}
