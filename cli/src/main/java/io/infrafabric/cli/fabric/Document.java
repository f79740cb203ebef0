package io.infrafabric.cli.fabric;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import com.google.gson.ToNumberPolicy;
import com.google.gson.reflect.TypeToken;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.cli.words.Spellings;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.Violations;
import io.infrafabric.kit.config.Nearest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads a message from YAML or JSON with the field names of its .proto file; every unknown key is refused by name. Bytes are
 * base64, or plain text under the name of the field with {@code _text} added: {@code payload_text}. The values of enums have the names of
 * the .proto file or what else {@link Spellings} knows for them.
 */
public final class Document {
  /** Added to the name of a field of bytes that is given as plain text. */
  static final String TEXT = "_text";

  /** Keeps every number as it is written. */
  private static final Gson STRICT = new GsonBuilder().setStrictness(Strictness.STRICT).setObjectToNumberStrategy(ToNumberPolicy.LAZILY_PARSED_NUMBER).create();

  private static final TypeToken<Map<String, Object>> OBJECT = new TypeToken<>() {};

  private Document() {}

  /**
   * Merges the text into the message.
   *
   * @param name how messages call the text
   * @throws io.infrafabric.error.RefusedException UNKNOWN_FIELD with the nearest known key, or INVALID_ARGUMENT
   */
  public static <B extends Message.Builder> B read(String name, String text, B into) {
    Violations wrong = new Violations();
    Map<String, Object> document = fields(parse(name, text), into.getDescriptorForType(), "", wrong);
    wrong.refusal(name).ifPresent(refusal -> {
      throw refusal.asException();
    });
    try {
      JsonFormat.parser().merge(new GsonBuilder().create().toJson(document), into);
      return into;
    } catch (InvalidProtocolBufferException e) {
      throw invalid(name, e.getMessage());
    }
  }

  /** The keys at the top of a text. */
  public static Set<String> keys(String name, String text) {
    return parse(name, text).keySet().stream().map(String::valueOf).collect(Collectors.toSet());
  }

  /** JSON is read as such, because YAML does not have all of its texts; what begins like it and is none may be YAML yet. */
  private static Map<?, ?> parse(String name, String text) {
    if (text.stripLeading().startsWith("{")) {
      try {
        return STRICT.fromJson(text, OBJECT);
      } catch (JsonParseException noJson) {
        return parseYaml(name, text);
      }
    }
    return parseYaml(name, text);
  }

  private static Map<?, ?> parseYaml(String name, String text) {
    try {
      Object document = new Load(LoadSettings.builder().setLabel(name).build()).loadFromString(text);
      if (document instanceof Map<?, ?> map) {
        return map;
      }
      throw invalid(name, "keys and values are expected at the top");
    } catch (YamlEngineException e) {
      throw invalid(name, e.getMessage());
    }
  }

  /** The same with plain texts of bytes encoded and words in the spelling of the contract; notes what the type does not have. */
  private static Map<String, Object> fields(Map<?, ?> document, Descriptor type, String path, Violations wrong) {
    Map<String, Object> fields = new LinkedHashMap<>();
    document.forEach(
        (given, value) -> {
          String key = String.valueOf(given);
          FieldDescriptor field = field(type, key);
          FieldDescriptor plain = key.endsWith(TEXT) ? field(type, key.substring(0, key.length() - TEXT.length())) : null;
          if (field != null) {
            fields.put(key, value(field, value, path + key, wrong));
          } else if (plain != null && plain.getJavaType() == FieldDescriptor.JavaType.BYTE_STRING && !plain.isRepeated()) {
            fields.put(plain.getName(), Base64.getEncoder().encodeToString(String.valueOf(value).getBytes(StandardCharsets.UTF_8)));
          } else {
            wrong.add(ErrorCode.ERROR_CODE_UNKNOWN_FIELD, path + key, "no such key" + nearest(type, key));
          }
        });
    return fields;
  }

  private static Object value(FieldDescriptor field, Object value, String path, Violations wrong) {
    if (value instanceof List<?> list) {
      List<Object> items = new ArrayList<>(list.size());
      for (int i = 0; i < list.size(); i++) {
        items.add(value(field, list.get(i), path + "[" + i + "]", wrong));
      }
      return items;
    }
    if (isOwnMessage(field) && value instanceof Map<?, ?> map) {
      return fields(map, field.getMessageType(), path + ".", wrong);
    }
    if (value == null || !Spellings.takes(field)) {
      return value;
    }
    Optional<Object> word = Spellings.canonical(field, value);
    if (word.isEmpty()) {
      wrong.add(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, path, Spellings.no(field, value));
    }
    return word.orElse(value);
  }

  private static FieldDescriptor field(Descriptor type, String key) {
    return type.getFields().stream()
        .filter(field -> field.getName().equals(key) || field.getJsonName().equals(key))
        .findFirst()
        .orElse(null);
  }

  private static boolean isOwnMessage(FieldDescriptor field) {
    return field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
        && !field.isMapField()
        && !field.getMessageType().getFullName().startsWith("google.protobuf.");
  }

  private static String nearest(Descriptor type, String key) {
    List<String> known = new ArrayList<>(type.getFields().stream().map(FieldDescriptor::getName).toList());
    return Nearest.to(key, known)
        .map(name -> ", did you mean " + name + "?")
        .orElse("; known are " + String.join(", ", known));
  }

  private static RuntimeException invalid(String name, String why) {
    return Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "%s cannot be read: %s".formatted(name, why)).asException();
  }
}
