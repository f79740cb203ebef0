package io.infrafabric.governor.registry;

import io.infrafabric.kit.auth.SealKey;
import io.infrafabric.names.Ids;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The keys that may vouch for manifests, from a file with a line for each: {@code <id> <swarm,swarm> <public key>}. A swarm is an id, or the
 * beginning of ids with a star behind it; {@code *} is all of them. Blank lines and what follows a {@code #} are left out.
 */
final class ManifestKeys {
  private static final int MOST = 1_000;
  private static final long MOST_BYTES = 1 << 20;

  private final Map<String, Key> byId;

  /**
   * One of them.
   *
   * @param swarms ids, and beginnings with a star
   */
  record Key(String id, List<String> swarms, SealKey seal) {
    boolean isFor(String swarmId) {
      return swarms.stream()
          .anyMatch(swarm -> swarm.endsWith("*") ? swarmId.startsWith(swarm.substring(0, swarm.length() - 1)) : swarm.equals(swarmId));
    }
  }

  private ManifestKeys(Map<String, Key> byId) {
    this.byId = Map.copyOf(byId);
  }

  /**
   * The keys of a file.
   *
   * @throws IllegalArgumentException when it has none, or a line is malformed; the message names the line
   */
  static ManifestKeys read(Path file) {
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw new IllegalArgumentException(file + " is larger than any file of keys");
      }
      return parse(file.toString(), Files.readString(file));
    } catch (IOException unreadable) {
      throw new UncheckedIOException("the keys for manifests cannot be read from " + file, unreadable);
    }
  }

  static ManifestKeys parse(String source, String text) {
    Map<String, Key> keys = new HashMap<>();
    String[] lines = text.split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      String line = lines[i].replaceFirst("#.*", "").strip();
      if (line.isEmpty()) {
        continue;
      }
      Key key = key(source + " line " + (i + 1), line);
      if (keys.put(key.id(), key) != null || keys.size() > MOST) {
        throw new IllegalArgumentException("%s line %d: key %s is there twice, or there are more than %d".formatted(source, i + 1, key.id(), MOST));
      }
    }
    if (keys.isEmpty()) {
      throw new IllegalArgumentException(source + " has no key: make one with ifctl swarm keygen");
    }
    return new ManifestKeys(keys);
  }

  private static Key key(String where, String line) {
    String[] words = line.split("\\s+");
    if (words.length != 3 || !Ids.isId(words[0])) {
      throw new IllegalArgumentException(where + " is not: <id> <swarm,swarm> <public key>");
    }
    List<String> swarms = List.of(words[1].split(","));
    for (String swarm : swarms) {
      if (!swarm.equals("*") && !Ids.isId(swarm) && !swarm.matches("[a-z0-9][a-z0-9-]{0,61}\\*")) {
        throw new IllegalArgumentException(where + ": \"" + swarm + "\" is neither the id of a swarm nor the beginning of ids with a star behind it");
      }
    }
    try {
      return new Key(words[0], swarms, SealKey.parse(words[2]));
    } catch (IllegalArgumentException malformed) {
      throw new IllegalArgumentException(where + ": " + malformed.getMessage(), malformed);
    }
  }

  Optional<Key> find(String id) {
    return Optional.ofNullable(byId.get(id));
  }
}
