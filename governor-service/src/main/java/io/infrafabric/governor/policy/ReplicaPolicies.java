package io.infrafabric.governor.policy;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.Policy;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.Keys;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** The policy in a replica of the store: reads it as it is in the store now, and changes it. */
final class ReplicaPolicies {
  private static final int TRIES = 8;

  private final Replica replica;
  private final Keys keys;

  ReplicaPolicies(Replica replica, Keys keys) {
    this.replica = replica;
    this.keys = keys;
  }

  /** The records as they are in the store now; RECORD_UNREADABLE when one of the first two cannot be read. */
  CompletableFuture<PolicyBook> look() {
    return replica
        .refresh(Set.of(keys.policyInForce(), keys.policyShadow()))
        .thenCompose(
            found -> {
              long last = PolicyDecision.read(keys, replica).lastRevision();
              Set<String> kept =
                  LongStream.rangeClosed(Math.max(1, last - PolicyBook.KEPT + 1), last).mapToObj(keys::policy).collect(Collectors.toSet());
              // One that cannot be read is as good as one that is not kept.
              kept.removeIf(replica::isUnreadable);
              return replica.refresh(kept);
            })
        .thenApply(found -> PolicyDecision.read(keys, replica));
  }

  /** Changes the policy as the rule says; the rule may be asked again with newer records. */
  CompletableFuture<Policy> change(String requestId, Function<PolicyBook, Turn> rule) {
    return change(requestId, rule, TRIES);
  }

  private CompletableFuture<Policy> change(String requestId, Function<PolicyBook, Turn> rule, int tries) {
    return look()
        .thenCompose(book -> replica.decide(new PolicyDecision(keys, requestId, book.lastRevision() + 1, rule)))
        .thenCompose(
            made -> {
              if (made.isPresent()) {
                return CompletableFuture.completedFuture(made.get());
              }
              return tries > 1 ? change(requestId, rule, tries - 1) : CompletableFuture.failedFuture(contended().asException());
            });
  }

  private static Refusal contended() {
    return Refusal.of(ErrorCode.ERROR_CODE_CONTENDED, "the policy was changed %d times under the call".formatted(TRIES));
  }
}
