package io.infrafabric.cli.fabric;

import com.google.protobuf.Message;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.Violations;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads a message from YAML or JSON with the field names of its .proto file; all that is wrong is told at once, every unknown key by name. Bytes
 * are base64, or plain text under the name of the field with {@code _text} added: {@code payload_text}. Money is micro-dollars, or dollars
 * under the name without {@code _micros}: {@code cost_per_hour: 2.50}. A value of an enum may be its last words: {@code high}.
 */
public final class Document {
  private Document() {}

  /**
   * Merges the text into the message.
   *
   * @param name how messages call the text
   * @throws io.infrafabric.error.RefusedException with every problem: UNKNOWN_FIELD with the nearest known key, INVALID_ARGUMENT, INVALID_MONEY
   */
  public static <B extends Message.Builder> B read(String name, String text, B into) {
    Violations wrong = new Violations();
    if (!(parse(name, text) instanceof Map<?, ?> document)) {
      throw unreadable(name, "keys and values are expected at the top");
    }
    read(document, into, "", wrong);
    wrong.refusal(name).ifPresent(refusal -> {
      throw refusal.asException();
    });
    return into;
  }

  /**
   * Merges what of a part of a document can be read, and notes the rest.
   *
   * @param at stands before the keys in what is noted
   */
  public static void read(Map<?, ?> document, Message.Builder into, String at, Violations wrong) {
    new DocumentFields(wrong).read(document, into, at);
  }

  /** The documents of a text; several are parted by {@code ---}. Each is a map, a list or a scalar. */
  public static List<Object> documents(String name, String text) {
    try {
      return StreamSupport.stream(loader(name).loadAllFromString(text).spliterator(), false).toList();
    } catch (YamlEngineException malformed) {
      throw unreadable(name, malformed.getMessage());
    }
  }

  private static Object parse(String name, String text) {
    try {
      return loader(name).loadFromString(text);
    } catch (YamlEngineException malformed) {
      throw unreadable(name, malformed.getMessage());
    }
  }

  private static Load loader(String name) {
    return new Load(LoadSettings.builder().setLabel(name).build());
  }

  private static RuntimeException unreadable(String name, String why) {
    return Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "%s cannot be read: %s".formatted(name, why)).asException();
  }
}
