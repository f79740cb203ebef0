package io.infrafabric.governor.budget;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import io.infrafabric.governor.books.BooksCodec;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.RecordShape;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.Store;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;

/** The accounts in a replica of the store: reads them, and lets rules change several of them in one transaction. */
final class ReplicaAccounts {
  private final Replica replica;
  private final BooksCodec codec;
  private final AccountIndex index;
  private final RequestLeases leases;

  /**
   * @param remembered how long a call is remembered
   */
  ReplicaAccounts(Store store, Replica replica, Keys keys, Duration remembered) {
    this.replica = replica;
    this.codec = new BooksCodec(keys);
    this.index = AccountIndex.follow(replica, keys);
    this.leases = new RequestLeases(store, remembered, System::nanoTime);
  }

  /** Which stand beneath which. */
  AccountIndex index() {
    return index;
  }

  /** An account as it is known here. */
  Optional<Holding> get(String id) {
    SwarmId account = new SwarmId(id);
    return codec.keysOf(account).stream().anyMatch(replica::isUnreadable) ? Optional.empty() : BudgetDecision.holding(codec, replica, account);
  }

  /** The record of an account as it is known here. */
  Optional<Account> look(String id) {
    return replica.get(codec.keys().account(new SwarmId(id))).map(BooksCodec::account);
  }

  /** Whether the account is known here and is no swarm's. */
  boolean isOwn(String id) {
    return codec.isTaken(replica, new SwarmId(id));
  }

  /** All accounts after one by id, as far as they are known here. */
  Stream<Account> after(String id) {
    String prefix = codec.keys().accounts();
    return replica.scanAfter(prefix, prefix + id).values().stream().map(BooksCodec::account);
  }

  /** Done when the accounts are known here as they are in the store now. */
  CompletableFuture<Void> refresh(List<String> ids) {
    Set<String> keys = new LinkedHashSet<>();
    for (String id : ids) {
      keys.addAll(codec.keysOf(new SwarmId(id)));
      keys.add(codec.keys().commitments(new SwarmId(id)));
    }
    return replica.refresh(keys).thenApply(read -> null);
  }

  /** The task that a claim of a swarm is of, which never changes; empty when the swarm's book does not list the claim. */
  CompletableFuture<Optional<TaskId>> taskOf(SwarmId swarm, String claim) {
    String key = codec.keys().commitments(swarm);
    Optional<TaskId> known = replica.get(key).flatMap(book -> taskOf(book, claim));
    return known.isPresent()
        ? CompletableFuture.completedFuture(known)
        : replica.refresh(Set.of(key)).thenApply(read -> Optional.ofNullable(read.get(key)).flatMap(book -> taskOf(book, claim)));
  }

  private static Optional<TaskId> taskOf(Entry book, String claim) {
    return RecordShape.read(book, CommitmentsRecord.parser()).stream()
        .flatMap(record -> record.getCommitmentsList().stream())
        .filter(line -> line.getClaimId().equals(claim) && line.getEnd() == ClaimEnd.CLAIM_END_UNSPECIFIED)
        .map(Commitment::getTaskId)
        .filter(Ids::isId)
        .map(TaskId::new)
        .findFirst();
  }

  /** Changes accounts as a rule says. */
  <T> CompletableFuture<T> change(Scope scope, BudgetRule<T> rule) {
    return leases
        .current()
        .exceptionallyCompose(away -> CompletableFuture.failedFuture(unavailable().asException()))
        .thenCompose(lease -> replica.decide(new BudgetDecision<>(codec, scope, lease, rule)))
        .whenComplete(
            (done, failure) -> {
              if (failure != null && code(failure).filter(ErrorCode.ERROR_CODE_CONTENDED::equals).isPresent()) {
                leases.doubt();
              }
            });
  }

  private static Refusal unavailable() {
    return Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "etcd does not answer; nothing was written").retryAfter(Duration.ofSeconds(1));
  }

  /** The code with which a call was refused, if it was. */
  static Optional<ErrorCode> code(Throwable failure) {
    Throwable cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    return cause instanceof RefusedException refused ? Optional.of(refused.refusal().code()) : Optional.empty();
  }
}
