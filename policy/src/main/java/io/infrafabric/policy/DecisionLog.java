package io.infrafabric.policy;

import io.infrafabric.governor.v1.ClaimCost;
import io.infrafabric.governor.v1.DecisionBatch;
import io.infrafabric.governor.v1.PolicyDecision;
import io.infrafabric.governor.v1.PolicyViolation;
import io.infrafabric.governor.v1.ShadowDecision;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.telemetry.Counter;
import io.infrafabric.kit.telemetry.Metrics;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Headers;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Subjects;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes down how a service has decided, for simulations and for people: decisions in batches, violations one by one. Whoever decides only puts
 * something into a queue; what the record costs, and what the shadow makes of it, is paid on the thread of this log. Never waited for: what
 * does not fit, or cannot be sent, is counted and told.
 */
public final class DecisionLog implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DecisionLog.class);
  private static final Duration EVERY = Duration.ofMillis(100);

  /** Decisions that wait to be written down, and as many costs and violations. */
  private static final int QUEUE = 10_000;

  /** Bytes of one message, below what NATS takes. */
  private static final int BATCH_BYTES = 512 * 1024;

  private final Bus bus;
  private final String service;
  private final Supplier<Optional<ActivePolicy>> shadow;
  private final DecisionSettings settings;
  private final InstantSource clock;
  private final Queue<Supplier<PolicyDecision>> waiting = new LinkedBlockingQueue<>(QUEUE);
  private final Queue<ClaimCost> costs = new LinkedBlockingQueue<>(QUEUE);
  private final Queue<PolicyViolation> alone = new LinkedBlockingQueue<>(QUEUE);
  private final AtomicInteger allowance;
  private final AtomicLong unrecorded = new AtomicLong();
  private final Repeats repeats = new Repeats();
  private final Counter recorded;
  private final Counter missed;
  private final Counter unpriced;
  private final Counter lost;
  private final Counter violated;
  private final Counter differing;
  private volatile Instant refilled;
  private volatile Periodic loop;

  /**
   * @param shadow the policy that is only compared, if there is one
   */
  public DecisionLog(
      Bus bus, String service, Supplier<Optional<ActivePolicy>> shadow, DecisionSettings settings, Metrics metrics, InstantSource clock) {
    this.bus = bus;
    this.service = service;
    this.shadow = shadow;
    this.settings = settings;
    this.clock = clock;
    this.allowance = new AtomicInteger(settings.perSecond());
    this.refilled = clock.instant();
    this.recorded = metrics.counter("if.policy.decisions", "Decisions written down");
    this.missed = metrics.counter("if.policy.decisions_unrecorded", "Decisions that were too many to be written down");
    this.unpriced = metrics.counter("if.policy.costs_unrecorded", "Costs of claims that were too many to be written down");
    this.lost = metrics.counter("if.policy.decisions_lost", "Messages with decisions or violations that could not be sent");
    this.violated = metrics.counter("if.policy.violations", "Rules of the policy that were not kept");
    this.differing = metrics.counter("if.policy.shadow_differs", "Decisions that the shadow would have made otherwise");
  }

  /** Writes down from now on, ten times a second. */
  public DecisionLog start() {
    loop = Periodic.start("decision-log", EVERY, this::runOnce);
    return this;
  }

  /** A decision that allowed something; made into a record later, if there is room. */
  public void allowed(Supplier<PolicyDecision> decision) {
    if (allowance.get() <= 0 || allowance.getAndDecrement() <= 0) {
      miss();
    } else {
      add(decision);
    }
  }

  /** A decision that denied something. */
  public void denied(Supplier<PolicyDecision> decision) {
    add(decision);
  }

  private void add(Supplier<PolicyDecision> decision) {
    if (!waiting.offer(decision)) {
      miss();
    }
  }

  private void miss() {
    unrecorded.incrementAndGet();
    missed.increment();
  }

  /** What a claim has cost in the end. */
  public void booked(String claimId, long costMicros) {
    if (!costs.offer(ClaimCost.newBuilder().setClaimId(claimId).setCostMicros(costMicros).build())) {
      unpriced.increment();
    }
  }

  /** Something that went against the policy without a decision that could be made again. */
  public void violated(PolicyViolation violation) {
    if (!alone.offer(violation)) {
      miss();
    }
  }

  /** Writes down what waits. */
  public void runOnce() {
    Instant now = clock.instant();
    refill(now);
    List<PolicyDecision> decisions = new ArrayList<>();
    for (Supplier<PolicyDecision> next = waiting.poll(); next != null; next = waiting.poll()) {
      decisions.add(compared(next.get()));
    }
    List<PolicyViolation> violations = new ArrayList<>(repeats.over(now));
    decisions.stream().flatMap(decision -> violations(decision).stream()).forEach(violation -> repeats.add(violation, now).ifPresent(violations::add));
    for (PolicyViolation next = alone.poll(); next != null; next = alone.poll()) {
      violated.increment();
      repeats.add(next, now).ifPresent(violations::add);
    }
    send(decisions, now);
    violations.forEach(this::send);
  }

  private void refill(Instant now) {
    long millis = Duration.between(refilled, now).toMillis();
    long more = millis * settings.perSecond() / 1_000;
    if (more > 0) {
      refilled = now;
      allowance.updateAndGet(left -> (int) Math.min(settings.perSecond(), Math.max(0, left) + more));
    }
  }

  private PolicyDecision compared(PolicyDecision decision) {
    Optional<ActivePolicy> beside = shadow.get();
    if (beside.isEmpty()) {
      return decision;
    }
    AdmissionRules.Decided decided = DecisionRules.again(decision, beside.get());
    if (decided.isAllowed() != (decision.getFindingsCount() == 0)) {
      differing.increment();
    }
    return decision.toBuilder()
        .setShadow(
            ShadowDecision.newBuilder().setPolicyRevision(beside.get().revision()).addAllFindings(decided.findings()).setLate(decided.late()))
        .build();
  }

  private List<PolicyViolation> violations(PolicyDecision decision) {
    return decision.getFindingsList().stream()
        .map(
            finding -> {
              violated.increment();
              return PolicyViolation.newBuilder()
                  .setType(finding.getType())
                  .setSwarmId(DecisionRules.swarmOf(decision))
                  .setTaskId(DecisionRules.taskOf(decision))
                  .setRule(finding.getRule())
                  .setDetail(finding.getDetail())
                  .setAt(decision.getAt())
                  .setPolicyRevision(decision.getPolicyRevision())
                  .build();
            })
        .toList();
  }

  private void send(List<PolicyDecision> decisions, Instant now) {
    DecisionBatch.Builder batch = DecisionBatch.newBuilder();
    int bytes = 0;
    for (ClaimCost cost = costs.poll(); cost != null; cost = costs.poll()) {
      batch.addBooked(cost);
      bytes += cost.getSerializedSize() + 4;
    }
    for (PolicyDecision decision : decisions) {
      if (bytes + decision.getSerializedSize() > BATCH_BYTES) {
        send(batch, now);
        batch = DecisionBatch.newBuilder();
        bytes = 0;
      }
      batch.addDecisions(decision);
      bytes += decision.getSerializedSize() + 4;
    }
    batch.setUnrecorded(unrecorded.getAndSet(0));
    if (batch.getDecisionsCount() > 0 || batch.getBookedCount() > 0 || batch.getUnrecorded() > 0) {
      send(batch, now);
    }
  }

  private void send(DecisionBatch.Builder batch, Instant now) {
    recorded.add(batch.getDecisionsCount());
    send(Subjects.decisions(service), Map.of(Headers.CONTENT_TYPE, Headers.PROTOBUF), batch.setAt(Times.toProto(now)).build().toByteArray());
  }

  private void send(PolicyViolation violation) {
    PolicyViolation named = violation.toBuilder().setViolationId(Ids.ulid(clock.millis())).build();
    send(Subjects.violations(Repeats.swarm(named)), Map.of(Headers.CONTENT_TYPE, Headers.JSON), Repeats.json(named));
  }

  private void send(String subject, Map<String, String> headers, byte[] body) {
    bus.publishDurable(subject, service + ":" + Ids.ulid(clock.millis()), headers, body)
        .whenComplete(
            (stored, failure) -> {
              if (failure != null) {
                lost.increment();
                log.atDebug().addKeyValue("subject", subject).addKeyValue("cause", failure.toString()).log("not sent");
              }
            });
  }

  @Override
  public void close() {
    if (loop != null) {
      loop.close();
    }
    runOnce();
  }
}
