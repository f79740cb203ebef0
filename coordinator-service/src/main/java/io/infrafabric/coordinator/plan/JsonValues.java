package io.infrafabric.coordinator.plan;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Results as JSON, and when two of them say the same. Pure. */
final class JsonValues {
  private static final Gson STRICT = new GsonBuilder().setStrictness(Strictness.STRICT).disableHtmlEscaping().serializeNulls().create();

  private JsonValues() {}

  /** What the bytes say, if they are JSON. */
  static Optional<JsonElement> of(ByteString bytes) {
    try {
      return text(bytes).map(text -> STRICT.fromJson(text, JsonElement.class));
    } catch (JsonParseException | NumberFormatException notJson) {
      return Optional.empty();
    }
  }

  /** The bytes as text, if they are UTF-8. */
  static Optional<String> text(ByteString bytes) {
    try {
      ByteBuffer buffer = bytes.asReadOnlyByteBuffer();
      return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(buffer).toString());
    } catch (CharacterCodingException notText) {
      return Optional.empty();
    }
  }

  /** The same text for all that say the same: keys in order, no blanks, numbers by their value. */
  static String canonical(JsonElement value) {
    return STRICT.toJson(ordered(value));
  }

  private static JsonElement ordered(JsonElement value) {
    return switch (value) {
      case JsonObject object -> {
        TreeMap<String, JsonElement> fields = new TreeMap<>();
        object.entrySet().forEach(field -> fields.put(field.getKey(), ordered(field.getValue())));
        JsonObject sorted = new JsonObject();
        fields.forEach(sorted::add);
        yield sorted;
      }
      case JsonArray array -> {
        JsonArray items = new JsonArray(array.size());
        array.forEach(item -> items.add(ordered(item)));
        yield items;
      }
      case JsonPrimitive number when number.isNumber() -> number(number).<JsonElement>map(JsonPrimitive::new).orElse(number);
      default -> value;
    };
  }

  /** The value; empty when it has more digits than anybody would want to handle. */
  private static Optional<BigDecimal> number(JsonPrimitive number) {
    try {
      BigDecimal value = number.getAsBigDecimal();
      return Optional.of(value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros());
    } catch (NumberFormatException absurd) {
      return Optional.empty();
    }
  }

  /** A value as it was given, without blanks. */
  static String compact(JsonElement value) {
    return STRICT.toJson(value);
  }

  /**
   * Hands over the items of a JSON array one by one, so that no more than one of them is in memory as a value.
   *
   * @return false, and nothing was handed over, when the bytes are no JSON array
   */
  static boolean items(ByteString bytes, Consumer<JsonElement> each) {
    Optional<String> text = text(bytes);
    if (text.isEmpty() || !walk(text.get(), item -> {})) {
      return false;
    }
    return walk(text.get(), each);
  }

  private static boolean walk(String text, Consumer<JsonElement> each) {
    try (JsonReader reader = STRICT.newJsonReader(new StringReader(text))) {
      if (reader.peek() != JsonToken.BEGIN_ARRAY) {
        return false;
      }
      reader.beginArray();
      while (reader.hasNext()) {
        each.accept(STRICT.fromJson(reader, JsonElement.class));
      }
      reader.endArray();
      return reader.peek() == JsonToken.END_DOCUMENT;
    } catch (IOException | JsonParseException | NumberFormatException notJson) {
      return false;
    }
  }

  /** The number under {@code score} of an object; the rest of it is passed over and never in memory as a value. */
  static Optional<BigDecimal> score(ByteString bytes) {
    return text(bytes)
        .flatMap(JsonValues::underScore)
        .filter(score -> score instanceof JsonPrimitive primitive && primitive.isNumber())
        .flatMap(score -> number(score.getAsJsonPrimitive()));
  }

  private static Optional<JsonElement> underScore(String text) {
    try (JsonReader reader = STRICT.newJsonReader(new StringReader(text))) {
      if (reader.peek() != JsonToken.BEGIN_OBJECT) {
        return Optional.empty();
      }
      JsonElement score = null;
      reader.beginObject();
      while (reader.hasNext()) {
        if (reader.nextName().equals("score")) {
          score = STRICT.fromJson(reader, JsonElement.class);
        } else {
          reader.skipValue();
        }
      }
      reader.endObject();
      return reader.peek() == JsonToken.END_DOCUMENT ? Optional.ofNullable(score) : Optional.empty();
    } catch (IOException | JsonParseException | NumberFormatException notJson) {
      return Optional.empty();
    }
  }
}
