package io.infrafabric.governor.money;

import java.util.Optional;

/**
 * What one account has of one thing, micro-dollars or tokens (spec X7, X13). Always {@code granted = left + spent + below + allotted - handed},
 * each at least 0, and {@code drawn <= granted}; whatever would break that is refused by an exception, because rules ask first. An unlimited
 * purse has been granted exactly what has left it, and nothing is left in it.
 *
 * @param unlimited whether it has as much as is asked for
 * @param granted what came in, without what was given back
 * @param drawn of that, what came out of the purse above
 * @param spent by its owner
 * @param below spent by purses that were beneath
 * @param allotted to purses beneath: the sum of what they have drawn
 * @param handed of what was spent, what stands in the books of a purse that was above and is not any more
 */
public record Purse(boolean unlimited, long granted, long drawn, long spent, long below, long allotted, long handed) {
  /** Empty. */
  public static final Purse EMPTY = new Purse(false, 0, 0, 0, 0, 0, 0);

  /** With as much as is asked for. */
  public static final Purse UNLIMITED = new Purse(true, 0, 0, 0, 0, 0, 0);

  public Purse {
    Optional<String> fault = fault(unlimited, granted, drawn, spent, below, allotted, handed);
    if (fault.isPresent()) {
      throw new IllegalArgumentException("a purse in which " + fault.get());
    }
  }

  /** What is wrong with these amounts, if anything is. */
  public static Optional<String> fault(boolean unlimited, long granted, long drawn, long spent, long below, long allotted, long handed) {
    if (granted < 0 || drawn < 0 || spent < 0 || below < 0 || allotted < 0 || handed < 0) {
      return Optional.of("an amount is negative");
    }
    try {
      long used = Math.addExact(spent, below);
      long gone = Math.addExact(used, allotted) - handed;
      if (handed > used || gone > granted || (unlimited && gone != granted)) {
        return Optional.of("%d were granted and %d have left it".formatted(granted, gone));
      }
    } catch (ArithmeticException tooLarge) {
      return Optional.of("amounts are too large to add up");
    }
    return drawn > granted ? Optional.of("%d were drawn and %d granted".formatted(drawn, granted)) : Optional.empty();
  }

  /** What is neither spent nor given away; 0 when it is unlimited. */
  public long left() {
    return granted - spent - below - allotted + handed;
  }

  /** What may be taken out of it. */
  public Allowance allowance() {
    return unlimited ? new Allowance.Unlimited() : new Allowance.Limited(left());
  }

  /** With more from outside. An unlimited purse needs none. */
  public Purse plus(long amount) {
    require(amount);
    return unlimited ? this : with(Math.addExact(granted, amount), drawn, spent, below, allotted, handed);
  }

  /** After so much has left it for outside. */
  public Purse minus(long amount) {
    requireFits(amount);
    return unlimited ? this : with(granted - amount, drawn, spent, below, allotted, handed);
  }

  /** After its owner has spent so much. */
  public Purse spend(long amount) {
    requireFits(amount);
    return with(grantedFor(amount), drawn, Math.addExact(spent, amount), below, allotted, handed);
  }

  /** After so much of what its owner had spent came back; at most all of it. */
  public Purse refund(long amount) {
    require(amount);
    return with(grantedFor(-amount), drawn, spent - amount, below, allotted, handed);
  }

  /** After it has given so much to a purse beneath. */
  public Purse allot(long amount) {
    requireFits(amount);
    return with(grantedFor(amount), drawn, spent, below, Math.addExact(allotted, amount), handed);
  }

  /** After a purse beneath has given so much back. */
  public Purse takeBack(long amount) {
    require(amount);
    return with(grantedFor(-amount), drawn, spent, below, allotted - amount, handed);
  }

  /** After the purse above has given it so much. An unlimited purse takes none. */
  public Purse receive(long amount) {
    require(amount);
    return unlimited ? this : with(Math.addExact(granted, amount), drawn + amount, spent, below, allotted, handed);
  }

  /** How much it can give back to the purse above: what is left, and never more than it has drawn. */
  public long returnable() {
    return Math.min(left(), drawn);
  }

  /** After it has given so much back to the purse above, at most {@link #returnable}. */
  public Purse giveBack(long amount) {
    requireFits(amount);
    return with(granted - amount, drawn - amount, spent, below, allotted, handed);
  }

  /** After a purse beneath was closed: what is left of it is here, what it spent was spent below, what came to it from outside is this one's. */
  public Purse absorb(Purse child) {
    if (child.allotted() != 0) {
      throw new IllegalArgumentException("a purse that has given to others cannot be closed before them");
    }
    long nowBelow = Math.addExact(below, Math.addExact(child.spent(), child.below()) - child.handed());
    long nowAllotted = allotted - child.drawn();
    long nowGranted = unlimited ? spent + nowBelow + nowAllotted - handed : Math.addExact(granted, child.granted() - child.drawn());
    return with(nowGranted, drawn, spent, nowBelow, nowAllotted, handed);
  }

  /** After a purse beneath has left and goes on: what that had drawn and not given back was spent below. */
  public Purse release(Purse child) {
    return with(granted, drawn, spent, Math.addExact(below, child.drawn()), allotted - child.drawn(), handed);
  }

  /** After it has left the purse above and goes on: what it had drawn and spent stands in the books there. Nothing may be returnable. */
  public Purse leave() {
    if (returnable() != 0) {
      throw new IllegalArgumentException("%d would have to be given back first".formatted(returnable()));
    }
    return with(granted - drawn, 0, spent, below, allotted, handed + drawn);
  }

  /** With an end to it from now on: nothing is left in what was unlimited. */
  public Purse limited() {
    return new Purse(false, granted, drawn, spent, below, allotted, handed);
  }

  private Purse with(long granted, long drawn, long spent, long below, long allotted, long handed) {
    return new Purse(unlimited, granted, drawn, spent, below, allotted, handed);
  }

  private long grantedFor(long amount) {
    return unlimited ? Math.addExact(granted, amount) : granted;
  }

  private void requireFits(long amount) {
    if (!allowance().fits(amount)) {
      throw new IllegalArgumentException("%d do not fit into %s".formatted(amount, allowance().words()));
    }
  }

  private static void require(long amount) {
    if (amount < 0) {
      throw new IllegalArgumentException("a negative amount: " + amount);
    }
  }
}
