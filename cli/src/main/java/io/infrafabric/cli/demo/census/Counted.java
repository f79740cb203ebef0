package io.infrafabric.cli.demo.census;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.Optional;

/**
 * One file as it was counted, by the module or by {@link PlainCount}.
 *
 * @param path relative to the root of the tree, with slashes
 * @param language by the file's name
 * @param bytes its length
 * @param lines ended by a line feed or by the end of the file
 * @param sha256 of its bytes, hex
 */
public record Counted(String path, String language, long bytes, long lines, String sha256) {
  /** Reads the module's result; empty when it has another form. */
  public static Optional<Counted> parse(String json) {
    try {
      JsonObject object = JsonParser.parseString(json).getAsJsonObject();
      return Optional.of(
          new Counted(
              object.get("path").getAsString(),
              object.get("language").getAsString(),
              object.get("bytes").getAsLong(),
              object.get("lines").getAsLong(),
              object.get("sha256").getAsString()));
    } catch (JsonParseException | IllegalStateException | NullPointerException | NumberFormatException otherForm) {
      return Optional.empty();
    }
  }
}
