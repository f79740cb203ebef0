package io.infrafabric.governor.books;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.spend.Spend;
import io.infrafabric.governor.spend.SpendCodec;
import io.infrafabric.governor.spend.SpendRules;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.ManifestVersion;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;

/** The books of all swarms in a replica of the store: reads them, and lets rules change them, each in one transaction. */
public final class ReplicaBooks {
  private final Replica replica;
  private final BooksCodec codec;

  public ReplicaBooks(Replica replica, Keys keys) {
    this.replica = replica;
    this.codec = new BooksCodec(keys);
  }

  /** Up to which revision the store is known here. */
  public long revision() {
    return replica.revision();
  }

  /** The books of a swarm as far as they are known here, if all of them have come and can be read. */
  public Optional<Books> get(SwarmId swarm) {
    return codec.keysOf(swarm).stream().anyMatch(replica::isUnreadable) ? Optional.empty() : codec.read(replica, swarm);
  }

  /** The commitments of a swarm as far as they are known here. */
  public CommitmentsRecord commitments(SwarmId swarm) {
    return codec.commitments(replica, swarm);
  }

  /** An account, of a swarm or not, as far as it is known here and can be read; empty for the empty id. */
  public Optional<Account> account(String accountId) {
    String key = codec.keys().accounts() + accountId;
    return accountId.isEmpty() || replica.isUnreadable(key) ? Optional.empty() : replica.get(key).map(BooksCodec::account);
  }

  /** The model of a swarm as far as it is known here; empty when it is not. */
  public String model(String swarmId) {
    return replica.get(codec.keys().standings() + swarmId).map(entry -> BooksCodec.standing(entry).getModel()).orElse("");
  }

  /** The standing of a swarm as far as it is known here. */
  public Optional<Standing> standing(String swarmId) {
    return replica.get(codec.keys().standings() + swarmId).map(BooksCodec::standing);
  }

  /** Standings of the registered swarms, or of all that ever were, after the given one by id, or from the first when it is empty, as far as they are known here. */
  public List<Standing> standingsAfter(String swarmId, int limit, boolean includeUnregistered) {
    String prefix = codec.keys().standings();
    return replica.scanAfter(prefix, prefix + swarmId).values().stream()
        .map(BooksCodec::standing)
        .filter(standing -> includeUnregistered || !standing.getUnregistered())
        .limit(limit)
        .toList();
  }

  /** All breakers by swarm, as far as they are known here. */
  public Stream<Breaker> breakers() {
    return replica.scan(codec.keys().breakers()).values().stream().map(BooksCodec::breaker);
  }

  /** The breakers of one swarm as far as they are known here; empty when there are none, or they cannot be read. */
  public Optional<Breaker> breaker(String swarmId) {
    String key = codec.keys().breakers() + swarmId;
    return replica.isUnreadable(key) ? Optional.empty() : replica.get(key).map(BooksCodec::breaker);
  }

  /** Swarms that the coordinator has commitments of, as far as they are known here. */
  public List<SwarmId> committed() {
    return replica.scan(codec.keys().commitments()).keySet().stream().map(Keys::idOf).map(SwarmId::new).toList();
  }

  /** Done when this replica knows the swarm's books and commitments as they are in the store now. */
  public CompletableFuture<Void> refresh(SwarmId swarm) {
    Set<String> keys = codec.keysOf(swarm);
    keys.add(codec.keys().commitments(swarm));
    return replica.refresh(keys).thenApply(entries -> null);
  }

  /**
   * Changes the books of a swarm as the rule says; the rule may be asked again with newer books.
   *
   * @return what became of it, or the failures of {@link Replica#decide}
   */
  public <T> CompletableFuture<Changed<T>> change(SwarmId swarm, Function<Optional<Books>, Ruling<T>> rule) {
    return replica.decide(new BooksDecision<>(codec, swarm, Set.of(), Set.of(), (view, books) -> rule.apply(books)));
  }

  /** Like {@link #change}, by a rule that may write a new version of the manifest. */
  public <T> CompletableFuture<Changed<T>> changeManifest(SwarmId swarm, Function<Optional<Books>, Ruling<T>> rule) {
    return replica.decide(new BooksDecision<>(codec, swarm, Set.of(), codec.versionKeysOf(swarm), (view, books) -> rule.apply(books)));
  }

  /** The versions of a swarm's manifest as they are in the store now, newest first. */
  public CompletableFuture<List<ManifestVersion>> versions(SwarmId swarm) {
    return replica.refresh(codec.versionKeysOf(swarm)).thenApply(entries -> codec.versions(replica, swarm));
  }

  /**
   * Like {@link #change}, by a rule that books from the swarm's commitments, which must not move meanwhile: what it has booked is added to the swarm's
   * record of the day in the same transaction.
   *
   * @param slot of the day ({@link io.infrafabric.governor.spend.SpendRules#slot})
   * @param spends what a change has booked
   */
  public <T> CompletableFuture<Changed<T>> book(
      SwarmId swarm, String slot, BiFunction<Optional<Books>, CommitmentsRecord, Ruling<T>> rule, BiFunction<Books, T, List<Spend>> spends) {
    SpendCodec days = new SpendCodec(codec.keys());
    return replica.decide(
        new BooksDecision<>(
            codec,
            swarm,
            Set.of(codec.keys().commitments(swarm)),
            Set.of(codec.keys().spend(swarm, slot)),
            (view, books) -> rule.apply(books, codec.commitments(view, swarm)),
            (view, after, answer, txn) -> days.write(txn, view, SpendRules.add(days.read(view, swarm, slot), after.accountLabel(), spends.apply(after, answer)))));
  }

  /** What a change writes beside the books. */
  private interface Beside<T> {
    void write(View view, Books after, T answer, Txn.Builder txn);
  }

  /**
   * A ruling on the books as a transaction of the store.
   *
   * @param beside keys that may be written besides
   * @param alsoWrite what is written there with a change
   */
  private record BooksDecision<T>(
      BooksCodec codec, SwarmId swarm, Set<String> reads, Set<String> beside, BiFunction<View, Optional<Books>, Ruling<T>> rule, Beside<T> alsoWrite)
      implements Decision<Changed<T>> {

    BooksDecision(BooksCodec codec, SwarmId swarm, Set<String> reads, Set<String> beside, BiFunction<View, Optional<Books>, Ruling<T>> rule) {
      this(codec, swarm, reads, beside, rule, (view, after, answer, txn) -> {});
    }

    @Override
    public Set<String> writes() {
      Set<String> all = new LinkedHashSet<>(codec.keysOf(swarm));
      all.addAll(beside);
      return all;
    }

    @Override
    public Step<Changed<T>> decide(View view) {
      if (codec.isTaken(view, swarm)) {
        return Step.refuse(taken(swarm));
      }
      Optional<Refusal> inPart = codec.inPart(view, swarm);
      if (inPart.isPresent()) {
        return Step.refuse(inPart.get()); // stands only if the store itself has no more of them
      }
      Optional<Books> before = codec.read(view, swarm);
      return switch (rule.apply(view, before)) {
        case Ruling.Keep<T>(Books books, T answer) -> Step.answer(new Changed<>(books, answer));
        case Ruling.Refuse<T>(var refusal) -> Step.refuse(refusal);
        case Ruling.Write<T>(Books after, T answer) -> {
          Txn.Builder txn = codec.write(view, swarm, before, after);
          alsoWrite.write(view, after, answer, txn);
          reads.forEach(key -> txn.unchanged(view, key));
          yield Step.commit(txn.build(), revision -> new Changed<>(BooksCodec.stamped(before, after, revision), answer));
        }
      };
    }

    private static Refusal taken(SwarmId swarm) {
      return Refusal.of(
              ErrorCode.ERROR_CODE_ALREADY_EXISTS,
              "%s is the id of an account that is no swarm's: choose another id for the swarm".formatted(swarm))
          .with("account_id", swarm.value());
    }
  }
}
