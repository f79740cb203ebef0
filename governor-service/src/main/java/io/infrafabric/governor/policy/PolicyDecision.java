package io.infrafabric.governor.policy;

import io.infrafabric.governor.v1.Policy;
import io.infrafabric.governor.v1.PolicyMode;
import io.infrafabric.governor.v1.PolicyRecord;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.names.Keys;
import io.infrafabric.policy.PolicyRecords;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.LongStream;

/**
 * A turn of the policy as a transaction: it compares the policy in force and its shadow, and writes the revision under its own key, too.
 * Answers nothing when another change was faster than its caller knew: a decision has to say its keys before it sees the last revision.
 */
record PolicyDecision(Keys keys, String requestId, long next, Function<PolicyBook, Turn> rule) implements Decision<Optional<Policy>> {

  @Override
  public Set<String> reads() {
    return Set.of();
  }

  @Override
  public Set<String> writes() {
    return new LinkedHashSet<>(List.of(keys.policyInForce(), keys.policyShadow(), keys.policy(next), keys.policy(next - PolicyBook.KEPT)));
  }

  @Override
  public Step<Optional<Policy>> decide(View view) {
    PolicyBook book = read(keys, view);
    if (book.lastRevision() + 1 != next) {
      return Step.answer(Optional.empty());
    }
    return switch (rule.apply(book)) {
      case Turn.Done(Policy policy) -> Step.answer(Optional.of(policy));
      case Turn.Refuse(var refusal) -> Step.refuse(refusal);
      case Turn.NoShadow(Policy dropped) ->
          Step.commit(
              Txn.builder().delete(view, keys.policyShadow()).unchanged(view, keys.policyInForce()).build(), revision -> Optional.of(dropped));
      case Turn.Next(Policy policy) -> Step.commit(write(view, book, policy), revision -> Optional.of(policy));
    };
  }

  private Txn write(View view, PolicyBook book, Policy policy) {
    PolicyRecord record = PolicyRecord.newBuilder().setPolicy(policy).setRequestId(requestId).build();
    boolean shadow = policy.getMode() == PolicyMode.POLICY_MODE_SHADOW;
    // A shadow counts as a revision, but the one in force stays.
    PolicyRecord.Builder current = shadow ? book.current().map(PolicyRecord::toBuilder).orElseGet(PolicyDecision::first) : record.toBuilder();
    Txn.Builder txn =
        Txn.builder()
            .put(view, keys.policyInForce(), current.setSlot("current").setLastRevision(policy.getRevision()).build().toByteString())
            .put(view, keys.policy(next), record.toBuilder().setSlot(String.valueOf(next)).build().toByteString());
    if (shadow) {
      txn.put(view, keys.policyShadow(), record.toBuilder().setSlot("shadow").build().toByteString());
    } else if (book.shadow().filter(found -> found.getPolicy().getTerms().equals(policy.getTerms())).isPresent()) {
      txn.delete(view, keys.policyShadow()); // there is nothing to compare any more
    } else {
      txn.unchanged(view, keys.policyShadow());
    }
    String oldest = keys.policy(next - PolicyBook.KEPT);
    if (view.get(oldest).isPresent()) {
      txn.delete(view, oldest);
    }
    return txn.build();
  }

  private static PolicyRecord.Builder first() {
    return PolicyRecord.newBuilder().setPolicy(PolicyBook.first());
  }

  /** The records in a view. */
  static PolicyBook read(Keys keys, View view) {
    Optional<PolicyRecord> current = view.get(keys.policyInForce()).map(PolicyRecords::record);
    long last = current.map(PolicyRecord::getLastRevision).orElse(0L);
    List<PolicyRecord> kept =
        LongStream.iterate(last, revision -> revision > Math.max(0, last - PolicyBook.KEPT), revision -> revision - 1)
            .mapToObj(keys::policy)
            .flatMap(key -> view.get(key).stream())
            .map(PolicyRecords::record)
            .toList();
    return new PolicyBook(current, view.get(keys.policyShadow()).map(PolicyRecords::record), kept);
  }
}
