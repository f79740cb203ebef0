package io.infrafabric.kit.auth;

import io.infrafabric.access.Role;
import io.infrafabric.names.Ids;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The keys whose tokens are believed, from a file with a line for each: {@code <id> <role,role> <public key>}, the key as 43 characters of
 * base64url. Blank lines and what follows a {@code #} are left out. Several keys are good at once, so that they can be changed one by one.
 */
public final class TrustedKeys {
  private static final int MOST = 100;
  private static final long MOST_BYTES = 64 * 1024;

  private final Map<String, TrustedKey> byId;

  private TrustedKeys(Map<String, TrustedKey> byId) {
    this.byId = Map.copyOf(byId);
  }

  /**
   * The keys of a file.
   *
   * @throws IllegalArgumentException when it has none, or a line is malformed; the message names the line
   */
  public static TrustedKeys read(Path file) {
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw new IllegalArgumentException(file + " is larger than any file of keys");
      }
      return parse(file.toString(), Files.readString(file));
    } catch (IOException unreadable) {
      throw new UncheckedIOException("the trusted keys cannot be read from " + file, unreadable);
    }
  }

  static TrustedKeys parse(String source, String text) {
    Map<String, TrustedKey> keys = new HashMap<>();
    String[] lines = text.split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      String line = lines[i].replaceFirst("#.*", "").strip();
      if (line.isEmpty()) {
        continue;
      }
      TrustedKey key = key(source + " line " + (i + 1), line);
      if (keys.put(key.id(), key) != null || keys.size() > MOST) {
        throw new IllegalArgumentException("%s line %d: key %s is there twice, or there are more than %d".formatted(source, i + 1, key.id(), MOST));
      }
    }
    if (keys.isEmpty()) {
      throw new IllegalArgumentException(source + " has no key: make one with ifctl token keygen");
    }
    return new TrustedKeys(keys);
  }

  /** A line of such a file. */
  static String line(String id, Set<Role> roles, String publicKey) {
    String words = String.join(",", roles.stream().sorted().map(Role::word).toList());
    return id + " " + words + " " + publicKey;
  }

  Optional<TrustedKey> find(String id) {
    return Optional.ofNullable(byId.get(id));
  }

  /** The ids of the keys. */
  public Set<String> ids() {
    return byId.keySet();
  }

  private static TrustedKey key(String where, String line) {
    String[] words = line.split("\\s+");
    if (words.length != 3 || !Ids.isId(words[0])) {
      throw new IllegalArgumentException(where + " is not: <id> <role,role> <public key>");
    }
    Set<Role> roles = EnumSet.noneOf(Role.class);
    for (String word : words[1].split(",")) {
      roles.add(Role.of(word).orElseThrow(() -> new IllegalArgumentException(where + ": a role is one of " + Arrays.stream(Role.values()).map(Role::word).toList())));
    }
    try {
      return new TrustedKey(words[0], roles, Ed25519.publicKey(words[2]));
    } catch (IllegalArgumentException malformed) {
      throw new IllegalArgumentException(where + ": " + malformed.getMessage(), malformed);
    }
  }
}
