package io.infrafabric.cli.fabric;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.infrafabric.kit.auth.TokenFile;
import io.infrafabric.kit.grpc.CallerIdentity;
import io.infrafabric.kit.grpc.TlsSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Who calls from this shell: the token of {@code IF_TOKEN_FILE}, which is read again when it changes, or of {@code IF_TOKEN}. A token is
 * never an argument, which everybody on the machine could read, and never printed.
 */
public final class Identity {
  private static final String TOKEN = "IF_TOKEN";
  private static final String TOKEN_FILE = "IF_TOKEN_FILE";

  private Identity() {}

  /**
   * As whom services are called.
   *
   * @param tokenFile null when none is named
   * @param authority null: plaintext
   * @param cert of the client; null when it has none
   * @param key of the client; null when it has none
   */
  public static CallerIdentity of(Path tokenFile, Path authority, Path cert, Path key) {
    TlsSettings tls = new TlsSettings(named(cert), named(key), named(authority), false);
    return new CallerIdentity(tls, token(named(tokenFile).orElse(null), System.getenv()));
  }

  /** A variable may be there and empty. */
  private static Optional<Path> named(Path file) {
    return Optional.ofNullable(file).filter(path -> !path.toString().isBlank());
  }

  /** Who the token of the environment is issued to, else the user of the shell; nothing is verified here. */
  public static String name() {
    Map<String, String> env = System.getenv();
    return token(file(env), env).get().flatMap(Identity::subject).orElseGet(() -> System.getProperty("user.name"));
  }

  /** Takes what proves an identity out of an environment: a program that is run has no use for it. */
  public static void dropFrom(Map<String, String> environment) {
    environment.remove(TOKEN);
    environment.remove(TOKEN_FILE);
  }

  static Supplier<Optional<String>> token(Path file, Map<String, String> env) {
    if (file != null) {
      return new TokenFile(file);
    }
    Optional<String> token = Optional.ofNullable(env.get(TOKEN)).map(String::strip).filter(text -> !text.isEmpty());
    return () -> token;
  }

  private static Path file(Map<String, String> env) {
    String file = env.get(TOKEN_FILE);
    return file == null || file.isBlank() ? null : Path.of(file);
  }

  static Optional<String> subject(String token) {
    try {
      String claims = new String(Base64.getUrlDecoder().decode(token.split("\\.")[1]), StandardCharsets.UTF_8);
      return Optional.of(((JsonObject) JsonParser.parseString(claims)).get("sub").getAsString());
    } catch (RuntimeException notOurs) {
      return Optional.empty();
    }
  }
}
