package io.infrafabric.governor.policy;

import com.google.protobuf.InvalidProtocolBufferException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.DecisionBatch;
import io.infrafabric.governor.v1.Policy;
import io.infrafabric.governor.v1.PolicyComparison;
import io.infrafabric.governor.v1.PolicyDecision;
import io.infrafabric.governor.v1.SimulatePolicyRequest;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.nats.BusMessage;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Subjects;
import io.infrafabric.policy.ActivePolicy;
import io.infrafabric.policy.AdmissionRules;
import io.infrafabric.policy.DecisionRules;
import io.infrafabric.policy.PolicyDocument;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes recorded decisions again. Reads the stream of decisions backwards, for a few seconds at most. */
final class Simulations {
  private static final Logger log = LoggerFactory.getLogger(Simulations.class);
  private static final int MOST = 100_000;

  /** Below the deadline of a call. */
  private static final Duration PATIENCE = Duration.ofSeconds(8);

  private final Bus bus;

  Simulations(Bus bus) {
    this.bus = bus;
  }

  /** Makes them again under what the request names; may block. */
  PolicyComparison simulate(SimulatePolicyRequest request, PolicyBook book) {
    Instant from = request.hasFrom() ? Times.toInstant(request.getFrom()) : Instant.MIN;
    Instant to = request.hasTo() ? Times.toInstant(request.getTo()) : Instant.MAX;
    int limit = request.getLimit() == 0 ? MOST : (int) Math.min(Integer.toUnsignedLong(request.getLimit()), MOST);
    return compare(new Comparison(otherwise(request, book)), from, to, limit);
  }

  private static Function<PolicyDecision, Optional<AdmissionRules.Decided>> otherwise(SimulatePolicyRequest request, PolicyBook book) {
    if (request.getReplay()) {
      Map<Long, Optional<ActivePolicy>> policies = new HashMap<>();
      return decision ->
          policies
              .computeIfAbsent(decision.getPolicyRevision(), revision -> book.revision(revision).map(ActivePolicy::of))
              .map(policy -> DecisionRules.again(decision, policy));
    }
    ActivePolicy other = request.getRevision() == 0 ? read(request.getDocument()) : kept(request.getRevision(), book);
    return decision -> Optional.of(DecisionRules.again(decision, other));
  }

  private static ActivePolicy kept(long revision, PolicyBook book) {
    return book.revision(revision).map(ActivePolicy::of).orElseThrow(() -> ChangeRules.notFound(revision, book).asException());
  }

  private static ActivePolicy read(String document) {
    PolicyDocument read = PolicyDocument.read(document);
    ChangeRules.unsound(read.problems())
        .ifPresent(
            refusal -> {
              throw refusal.asException();
            });
    return ActivePolicy.of(0, read.terms());
  }

  /** What the shadow would have decided otherwise since it was applied; may block. */
  PolicyComparison shadow(Policy shadow) {
    Function<PolicyDecision, Optional<AdmissionRules.Decided>> otherwise =
        decision ->
            Optional.of(decision.getShadow())
                .filter(seen -> seen.getPolicyRevision() == shadow.getRevision())
                .map(seen -> new AdmissionRules.Decided(seen.getFindingsList(), seen.getLate()));
    return compare(new Comparison(otherwise), Times.toInstant(shadow.getAppliedAt()), Instant.MAX, MOST);
  }

  private PolicyComparison compare(Comparison comparison, Instant from, Instant to, int limit) {
    LogWalk walk = new LogWalk(bus.log(Subjects.DECISIONS_STREAM), PATIENCE, System::nanoTime);
    boolean[] full = {false};
    long left =
        walk.back(
            0,
            Long.MAX_VALUE,
            message -> {
              Optional<DecisionBatch> batch = read(message);
              full[0] = batch.isPresent() && tell(comparison, batch.get(), from, to, limit);
              // A batch is sent after its decisions were made: all before it are older.
              return !full[0] && batch.filter(read -> Times.toInstant(read.getAt()).isBefore(from)).isEmpty();
            });
    return comparison.result(full[0] || left > 0);
  }

  /** Tells the comparison of a batch; answers whether there was more than it may hear. */
  private static boolean tell(Comparison comparison, DecisionBatch batch, Instant from, Instant to, int limit) {
    batch.getBookedList().forEach(comparison::booked);
    if (Times.toInstant(batch.getAt()).isBefore(from)) {
      return false;
    }
    comparison.unrecorded(batch.getUnrecorded());
    List<PolicyDecision> newestFirst = batch.getDecisionsList().reversed();
    for (PolicyDecision decision : newestFirst) {
      Instant at = Times.toInstant(decision.getAt());
      if (!at.isBefore(from) && at.isBefore(to)) {
        if (comparison.decisions() == limit) {
          return true;
        }
        comparison.decision(decision);
      }
    }
    return false;
  }

  private static Optional<DecisionBatch> read(BusMessage message) {
    try {
      return Optional.of(DecisionBatch.parseFrom(message.body()));
    } catch (InvalidProtocolBufferException foreign) {
      log.atWarn().addKeyValue("subject", message.subject()).addKeyValue("sequence", message.sequence()).log("no decisions, skipped");
      return Optional.empty();
    }
  }

  /** Why a request cannot be simulated. */
  static Optional<Refusal> validate(SimulatePolicyRequest request) {
    int named = (request.getDocument().isEmpty() ? 0 : 1) + (request.getRevision() == 0 ? 0 : 1) + (request.getReplay() ? 1 : 0);
    return named == 1
        ? Optional.empty()
        : Optional.of(
            Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "nothing is simulated: name one of document, revision and replay")
                .withField("document", "one of document, revision and replay"));
  }
}
