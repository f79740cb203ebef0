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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** Reads a message from YAML or JSON with the field names of its .proto file; every unknown key is refused by name. */
public final class Document {
  private Document() {}

  /**
   * Merges the text into the message.
   *
   * @param name how messages call the text
   * @throws io.infrafabric.error.RefusedException UNKNOWN_FIELD with the nearest known key, or INVALID_ARGUMENT
   */
  public static <B extends Message.Builder> B read(String name, String text, B into) {
    Map<?, ?> document = parse(name, text);
    Violations unknown = new Violations();
    check(document, into.getDescriptorForType(), "", unknown);
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

  private static void check(Map<?, ?> document, Descriptor type, String path, Violations unknown) {
    document.forEach(
        (key, value) -> {
          FieldDescriptor field = field(type, String.valueOf(key));
          if (field == null) {
            unknown.add(ErrorCode.ERROR_CODE_UNKNOWN_FIELD, path + key, "no such key" + nearest(type, String.valueOf(key)));
          } else if (isOwnMessage(field) && value instanceof Map<?, ?> nested) {
            check(nested, field.getMessageType(), path + key + ".", unknown);
          }
        });
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
