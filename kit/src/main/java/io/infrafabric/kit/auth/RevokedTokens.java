package io.infrafabric.kit.auth;

import io.infrafabric.names.Ids;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The tokens that are not believed any more though they have not ended, from a file with a line for the id (jti) of each, read again when it
 * changes. Blank lines and what follows a {@code #} are left out. A line is of no use once its token has ended, an hour after it was issued at most.
 */
public final class RevokedTokens {
  private static final int MOST = 10_000;
  private static final long MOST_BYTES = 2L << 20;

  private final Optional<WatchedFile<Set<String>>> file;

  private RevokedTokens(Optional<WatchedFile<Set<String>>> file) {
    this.file = file;
  }

  /** Without any. */
  public static RevokedTokens none() {
    return new RevokedTokens(Optional.empty());
  }

  /**
   * Those of a file, which may be empty.
   *
   * @throws IllegalArgumentException when a line is malformed, or there are too many; the message names the line
   * @throws UncheckedIOException when it is not there
   */
  public static RevokedTokens read(Path file) {
    return new RevokedTokens(Optional.of(new WatchedFile<>(file, RevokedTokens::ids)));
  }

  /**
   * The line of such a file that revokes a token, with whom it is of and until when it would be good. Its signature is not looked at.
   *
   * @throws IllegalArgumentException when it is no token; the message shows nothing of it
   */
  public static String line(String token) {
    try {
      TokenClaims claims = TokenText.parse(token).claims();
      if (!Ids.isRequestId(claims.id())) {
        throw new IllegalArgumentException("its jti is not 1 to 128 letters, digits and . _ : -");
      }
      String who = TokenRules.isName(claims.role(), claims.subject()) ? claims.subject() : "somebody";
      return "%s # %s %s, until %s".formatted(claims.id(), claims.role().word(), who, claims.expiresAt());
    } catch (TokenText.Malformed malformed) {
      throw new IllegalArgumentException("this is no token: " + malformed.getMessage());
    }
  }

  boolean contains(String tokenId) {
    return file.isPresent() && file.get().content().contains(tokenId);
  }

  /** How many there are. */
  public int size() {
    return file.map(watched -> watched.content().size()).orElse(0);
  }

  /** Looks at the file. */
  public void runOnce() {
    file.ifPresent(WatchedFile::look);
  }

  private static Set<String> ids(Path file) {
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw new IllegalArgumentException(file + " is larger than any file of revoked tokens");
      }
      return parse(file.toString(), Files.readString(file));
    } catch (IOException unreadable) {
      throw new UncheckedIOException("the revoked tokens cannot be read from " + file, unreadable);
    }
  }

  private static Set<String> parse(String source, String text) {
    Set<String> ids = new HashSet<>();
    String[] lines = text.split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      String id = lines[i].replaceFirst("#.*", "").strip();
      if (!id.isEmpty() && !Ids.isRequestId(id)) {
        throw new IllegalArgumentException("%s line %d is not the id (jti) of a token: make it with ifctl token revoke".formatted(source, i + 1));
      }
      if (!id.isEmpty()) {
        ids.add(id);
      }
    }
    if (ids.size() > MOST) {
      throw new IllegalArgumentException("%s has more than %d tokens: take those out that have ended, or take out their key".formatted(source, MOST));
    }
    return Set.copyOf(ids);
  }
}
