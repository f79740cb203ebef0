package io.infrafabric.governor.escalation;

import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.governor.account.BudgetRules;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.BooksCodec;
import io.infrafabric.governor.breaker.Cells;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.CapabilityBreaker;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.kit.store.RecordShape;
import io.infrafabric.kit.store.View;
import io.infrafabric.names.BlockerId;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** Where the cause of an escalation stands: what a transaction compares, so that no old view of it raises an escalation or ends one. */
sealed interface Source {
  /** The keys that it stands in. */
  Set<String> reads();

  /** The cause, if there is one now; its id says which escalation it is the cause of. */
  Optional<Cause> cause(View view, Optional<Escalation> known);

  /** What became of the cause, when there is none. */
  String whyOver(View view);

  /**
   * A breaker of a swarm.
   *
   * @param capability that it is of; that of the swarm as a whole when empty
   */
  record Trip(BooksCodec codec, SwarmId swarm, String capability) implements Source {
    @Override
    public Set<String> reads() {
      return codec.keysOf(swarm);
    }

    @Override
    public Optional<Cause> cause(View view, Optional<Escalation> known) {
      return codec.read(view, swarm).flatMap(books -> CauseRules.trip(books, capability));
    }

    @Override
    public String whyOver(View view) {
      Optional<Books> books = codec.read(view, swarm);
      if (books.filter(known -> !known.standing().getUnregistered()).isEmpty()) {
        return "swarm " + swarm + " was unregistered";
      }
      CapabilityBreaker breaker = Cells.of(books.get(), capability);
      String which = "the breaker of swarm " + swarm + (capability.isEmpty() ? "" : " for " + capability);
      if (Books.isOpen(breaker)) {
        return which + " has opened again since";
      }
      return breaker.getPrincipal().isEmpty()
          ? which + " is closed: " + breaker.getDetail()
          : which + " was reset by %s: %s".formatted(breaker.getPrincipal(), breaker.getDetail());
    }
  }

  /**
   * The account of a swarm.
   *
   * @param parent the account above it, as it was found: if it was put elsewhere since, this says nothing of who may give it money
   */
  record Budget(BooksCodec codec, SwarmId swarm, Optional<SwarmId> parent, int lowPercent) implements Source {
    /** Of an account as it is known. */
    static Budget of(BooksCodec codec, SwarmId swarm, Account account, int lowPercent) {
      Optional<SwarmId> parent = Optional.of(account.getParentId()).filter(id -> account.hasDraw() && !id.isEmpty()).map(SwarmId::new);
      return new Budget(codec, swarm, parent, lowPercent);
    }

    @Override
    public Set<String> reads() {
      Set<String> keys = new LinkedHashSet<>(codec.keysOf(swarm));
      parent.map(codec.keys()::account).ifPresent(keys::add);
      return keys;
    }

    private Optional<Account> above(View view) {
      return parent.flatMap(id -> view.get(codec.keys().account(id))).map(BooksCodec::account);
    }

    @Override
    public Optional<Cause> cause(View view, Optional<Escalation> known) {
      boolean asked = known.filter(EscalationRules::isAsked).isPresent();
      return codec.read(view, swarm).flatMap(books -> CauseRules.budget(books, above(view), lowPercent, asked));
    }

    @Override
    public String whyOver(View view) {
      Optional<Books> books = codec.read(view, swarm);
      if (books.filter(known -> !known.standing().getUnregistered()).isEmpty()) {
        return "swarm " + swarm + " was unregistered";
      }
      if (!books.get().isBreakerOpen() && BudgetRules.getsMoreByItself(books.get().account(), above(view))) {
        return "swarm %s draws on %s, which has money".formatted(swarm, books.get().account().getParentId());
      }
      return books.get().isBreakerOpen()
          ? "swarm " + swarm + " was stopped: its breaker is to be decided about"
          : "swarm %s has %s left of %s by now"
              .formatted(
                  swarm, CauseRules.dollars(books.get().account().getCreditMicros()), CauseRules.dollars(books.get().account().getGrantedMicros()));
    }
  }

  /** A blocker, which the coordinator writes. */
  record Help(Keys keys, BlockerId blocker) implements Source {
    @Override
    public Set<String> reads() {
      return Set.of(keys.blocker(blocker));
    }

    private Optional<BlockerRecord> record(View view) {
      return view.get(keys.blocker(blocker)).flatMap(entry -> RecordShape.read(entry, BlockerRecord.parser()));
    }

    @Override
    public Optional<Cause> cause(View view, Optional<Escalation> known) {
      return record(view).flatMap(CauseRules::help);
    }

    @Override
    public String whyOver(View view) {
      Optional<Blocker> found = record(view).map(BlockerRecord::getBlocker);
      if (found.isEmpty()) {
        return "blocker " + blocker + " is not kept any more";
      }
      return found.get().hasResolvedAt()
          ? "blocker %s was resolved by %s: %s".formatted(blocker, found.get().getResolvedBy(), found.get().getResolution())
          : "help was found for blocker " + blocker;
    }
  }

  /**
   * What the coordinator told of tasks: nothing that the governor copies says it.
   *
   * @param told the cause, empty when there is none any more
   * @param why what became of it then
   */
  record Told(Optional<Cause> told, String why) implements Source {
    @Override
    public Set<String> reads() {
      return Set.of();
    }

    @Override
    public Optional<Cause> cause(View view, Optional<Escalation> known) {
      return told;
    }

    @Override
    public String whyOver(View view) {
      return why;
    }
  }
}
