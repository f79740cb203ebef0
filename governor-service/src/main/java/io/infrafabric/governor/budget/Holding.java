package io.infrafabric.governor.budget;

import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.Commitments;
import io.infrafabric.governor.money.Allowance;
import io.infrafabric.governor.money.Purse;
import io.infrafabric.governor.money.Purses;
import io.infrafabric.governor.v1.Account;

/** An account with what its money rests on. */
sealed interface Holding {
  /** The account. */
  Account account();

  /** The same with another account. */
  Holding with(Account next);

  /** What may be taken out of it: what is neither spent nor promised. */
  Allowance free();

  /** A swarm's account, among its books, with what its claims promise. */
  record OfSwarm(Books books, CommitmentsRecord commitments) implements Holding {
    @Override
    public Account account() {
      return books.account();
    }

    @Override
    public Holding with(Account next) {
      return new OfSwarm(books.with(next), commitments);
    }

    @Override
    public Allowance free() {
      return Allowance.of(books.account().getCreditMicros() - promised());
    }

    /** Micro-dollars that claims promise or have cost and are not booked. */
    long promised() {
      return Commitments.committedMicros(commitments, books.standing());
    }
  }

  /** An account that stands for itself. */
  record Own(Account account) implements Holding {
    @Override
    public Holding with(Account next) {
      return new Own(next);
    }

    @Override
    public Allowance free() {
      return dollars().allowance();
    }
  }

  /** Its id. */
  default String id() {
    return account().getAccountId();
  }

  /** Its micro-dollars. */
  default Purse dollars() {
    return Purses.dollars(account());
  }

  /** Its tokens. */
  default Purse tokens() {
    return Purses.tokens(account());
  }

  /** The same with other micro-dollars. */
  default Holding withDollars(Purse next) {
    return with(Purses.with(account(), next));
  }

  /** The same with other tokens. */
  default Holding withTokens(Purse next) {
    return with(Purses.withTokens(account(), next));
  }
}
