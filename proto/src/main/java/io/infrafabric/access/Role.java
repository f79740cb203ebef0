package io.infrafabric.access;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a caller is, as its token says. */
public enum Role {
  /** A swarm: does what swarms do, as itself alone. */
  SWARM,
  /** A service of the fabric: asks the others, and acts for the swarms that it runs. */
  SERVICE,
  /** A person or program that submits work and looks after it. */
  OPERATOR,
  /** As an operator, and what moves money, closes a breaker or changes the rules. */
  ADMIN,
  /** Looks and changes nothing. */
  READONLY;

  /** The word in tokens, files and flags: {@code operator}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The role of a word; empty when there is none. */
  public static Optional<Role> of(String word) {
    return Arrays.stream(values()).filter(role -> role.word().equals(word)).findFirst();
  }
}
