package io.infrafabric.kit.auth;

import io.infrafabric.access.Role;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;

/** Keys and tokens in a folder, for tests: {@code people} gives what people and swarms need, {@code services} what services do. */
public final class Tokens {
  public static final String AUDIENCE = "infrafabric";

  private final Path folder;
  private final SigningKey people;

  /** Makes the keys. */
  public Tokens(Path folder) {
    this.folder = folder;
    people = key("people", EnumSet.complementOf(EnumSet.of(Role.SERVICE)));
    key("services", Set.of(Role.SERVICE));
  }

  /** Makes one more key that is trusted. */
  SigningKey key(String id, Set<Role> roles) {
    String line = SigningKey.generate(id, roles, folder.resolve(id + ".pem"));
    try {
      Files.writeString(trusted(), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException unwritable) {
      throw new UncheckedIOException(unwritable);
    }
    return SigningKey.read(folder.resolve(id + ".pem"));
  }

  /** The file of trusted keys. */
  public Path trusted() {
    return folder.resolve("trusted.keys");
  }

  /** The private key of the services. */
  public Path services() {
    return folder.resolve("services.pem");
  }

  SigningKey people() {
    return people;
  }

  /** A token that is good for a quarter of an hour from now on. */
  public String token(String subject, Role role) {
    return token(subject, role, Instant.now());
  }

  String token(String subject, Role role, Instant now) {
    return people.issue(subject, role, AUDIENCE, now, Duration.ofMinutes(15));
  }
}
