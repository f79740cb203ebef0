package io.infrafabric.cli.fabric;

import com.google.gson.GsonBuilder;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
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
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads a message from YAML or JSON with the field names of its .proto file; every unknown key is refused by name. Bytes are
 * base64, or plain text under the name of the field with {@code _text} added: {@code payload_text}.
 */
public final class Document {
  private static final String TEXT = "_text";

  private Document() {}

  /**
   * Merges the text into the message.
   *
   * @param name how messages call the text
   * @throws io.infrafabric.error.RefusedException UNKNOWN_FIELD with the nearest known key, or INVALID_ARGUMENT
   */
  public static <B extends Message.Builder> B read(String name, String text, B into) {
    Violations unknown = new Violations();
    Map<String, Object> document = fields(parse(name, text), into.getDescriptorForType(), "", unknown);
    unknown.refusal(name).ifPresent(refusal -> {
      throw refusal.asException();
    });
    try {
      JsonFormat.parser().merge(new GsonBuilder().create().toJson(document), into);
      return into;
    } catch (InvalidProtocolBufferException e) {
      throw invalid(name, e.getMessage());
    }
  }

  private static Map<?, ?> parse(String name, String text) {
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

  /** The same with plain texts of bytes encoded; notes the keys that the type does not have. */
  private static Map<String, Object> fields(Map<?, ?> document, Descriptor type, String path, Violations unknown) {
    Map<String, Object> fields = new LinkedHashMap<>();
    document.forEach(
        (given, value) -> {
          String key = String.valueOf(given);
          FieldDescriptor field = field(type, key);
          FieldDescriptor plain = key.endsWith(TEXT) ? field(type, key.substring(0, key.length() - TEXT.length())) : null;
          if (field != null) {
            fields.put(key, isOwnMessage(field) ? nested(value, field.getMessageType(), path + key, unknown) : value);
          } else if (plain != null && plain.getJavaType() == FieldDescriptor.JavaType.BYTE_STRING && !plain.isRepeated()) {
            fields.put(plain.getName(), Base64.getEncoder().encodeToString(String.valueOf(value).getBytes(StandardCharsets.UTF_8)));
          } else {
            unknown.add(ErrorCode.ERROR_CODE_UNKNOWN_FIELD, path + key, "no such key" + nearest(type, key));
          }
        });
    return fields;
  }

  private static Object nested(Object value, Descriptor type, String path, Violations unknown) {
    if (value instanceof Map<?, ?> map) {
      return fields(map, type, path + ".", unknown);
    }
    if (value instanceof List<?> list) {
      List<Object> items = new ArrayList<>(list.size());
      for (int i = 0; i < list.size(); i++) {
        items.add(nested(list.get(i), type, path + "[" + i + "]", unknown));
      }
      return items;
    }
    return value;
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
