package io.infrafabric.cli.fabric;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import com.google.gson.ToNumberPolicy;
import com.google.gson.reflect.TypeToken;
import com.google.protobuf.Message;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.Violations;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads a message from YAML or JSON with the field names of its .proto file; all that is wrong is told at once, every unknown key by name. Bytes
 * are base64, or plain text under the name of the field with {@code _text} added: {@code payload_text}. Money is micro-dollars, or dollars
 * under the name without {@code _micros}: {@code cost_per_hour: 2.50}. The values of enums have the names of the .proto file or what else
 * {@link io.infrafabric.cli.words.Spellings} knows for them: {@code high}.
 */
public final class Document {
  /** Added to the name of a field of bytes that is given as plain text. */
  static final String TEXT = "_text";

  /** Keeps every number as it is written. */
  private static final Gson STRICT = new GsonBuilder().setStrictness(Strictness.STRICT).setObjectToNumberStrategy(ToNumberPolicy.LAZILY_PARSED_NUMBER).create();

  private static final TypeToken<Map<String, Object>> OBJECT = new TypeToken<>() {};

  private static final TypeToken<List<Object>> LIST = new TypeToken<>() {};

  private Document() {}

  /**
   * Merges the text into the message.
   *
   * @param name how messages call the text
   * @throws io.infrafabric.error.RefusedException with every problem: UNKNOWN_FIELD with the nearest known key, INVALID_ARGUMENT, INVALID_MONEY
   */
  public static <B extends Message.Builder> B read(String name, String text, B into) {
    Violations wrong = new Violations();
    read(parse(name, text), into, "", wrong);
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

  /** The keys at the top of a text. */
  public static Set<String> keys(String name, String text) {
    return parse(name, text).keySet().stream().map(String::valueOf).collect(Collectors.toSet());
  }

  /** The documents of a text; several are parted by {@code ---}. Each is a map, a list or a scalar. */
  public static List<Object> documents(String name, String text) {
    Optional<Object> json = json(text);
    if (json.isPresent()) {
      return List.of(json.get());
    }
    try {
      return StreamSupport.stream(loader(name).loadAllFromString(text).spliterator(), false).toList();
    } catch (YamlEngineException malformed) {
      throw unreadable(name, malformed.getMessage());
    }
  }

  private static Map<?, ?> parse(String name, String text) {
    if (json(text).orElseGet(() -> yaml(name, text)) instanceof Map<?, ?> document) {
      return document;
    }
    throw unreadable(name, "keys and values are expected at the top");
  }

  /** JSON is read as such, because YAML does not have all of its texts; what begins like it and is none, and is empty here, may be YAML yet. */
  private static Optional<Object> json(String text) {
    String begin = text.stripLeading();
    TypeToken<?> type = begin.startsWith("{") ? OBJECT : begin.startsWith("[") ? LIST : null;
    try {
      return type == null ? Optional.empty() : Optional.ofNullable(STRICT.fromJson(text, type));
    } catch (JsonParseException noJson) {
      return Optional.empty();
    }
  }

  private static Object yaml(String name, String text) {
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
