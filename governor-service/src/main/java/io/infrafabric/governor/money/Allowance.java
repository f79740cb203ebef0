package io.infrafabric.governor.money;

/** How much may be taken out of a purse: so much, or as much as one likes. Unlimited is a value of its own and no large number. */
public sealed interface Allowance {
  /** So much and no more, 0 or above. */
  record Limited(long amount) implements Allowance {
    public Limited {
      if (amount < 0) {
        throw new IllegalArgumentException("an allowance below 0: " + amount);
      }
    }
  }

  /** As much as is asked for. */
  record Unlimited() implements Allowance {}

  /** So much, at least 0. */
  static Allowance of(long amount) {
    return new Limited(Math.max(0, amount));
  }

  /** Whether the amount may be taken; a negative one never. */
  default boolean fits(long amount) {
    return amount >= 0
        && switch (this) {
          case Limited(long most) -> amount <= most;
          case Unlimited() -> true;
        };
  }

  /** Less what is promised to others. */
  default Allowance without(long promised) {
    return switch (this) {
      case Limited(long most) -> of(most - promised);
      case Unlimited() -> this;
    };
  }

  /** As people read it. */
  default String words() {
    return switch (this) {
      case Limited(long most) -> String.valueOf(most);
      case Unlimited() -> "unlimited";
    };
  }
}
