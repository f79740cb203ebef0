package io.infrafabric.governor.escalation;

import static io.infrafabric.governor.books.BooksFixture.NOW;
import static io.infrafabric.governor.books.BooksFixture.ended;
import static io.infrafabric.governor.books.BooksFixture.granted;

import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.coordinator.v1.BlockerState;
import io.infrafabric.coordinator.v1.Severity;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.Waiting;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.breaker.EndedRules;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.kit.time.Times;
import io.infrafabric.policy.BreakerPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Causes and escalations to test with. */
final class EscalationSamples {
  static final Terms TERMS = new Terms(Duration.ofHours(1), Duration.ofDays(30), List.of("board=https://ops.example.org/e/{id}"), List.of("hooks.example.org/1"));

  private EscalationSamples() {}

  /** Of a swarm that has spent all of its 10 dollars at this moment. */
  static Books exhausted(Instant at) {
    Books books = granted(10_000_000);
    Books spent = books.with(books.account().toBuilder().setSettledMicros(10_000_000).setClaimsCompleted(4).build());
    return EndedRules.after(spent.breaker(), spent, ended("c1", 1, ClaimEnd.CLAIM_END_COMPLETED, 1), 1, BreakerPolicy.ofThreshold(3), at);
  }

  /** Of a swarm that has spent this much of its 10 dollars. */
  static Books spent(long micros) {
    Books books = granted(10_000_000);
    return books.with(books.account().toBuilder().setSettledMicros(micros).build());
  }

  static BlockerRecord blocker(BlockerState state) {
    return BlockerRecord.newBuilder()
        .setBlocker(
            Blocker.newBuilder()
                .setBlockerId("b1")
                .setTaskId("t1")
                .setSwarmId("s1")
                .setType("legal")
                .setDescription("may we use it?")
                .setSeverity(Severity.SEVERITY_HIGH)
                .addNeeds("legal:review")
                .addUnmetNeeds("legal:review")
                .setDetail("nobody was found for legal:review")
                .setState(state)
                .setRaisedAt(Times.toProto(NOW)))
        .build();
  }

  static Task waiting(boolean awaitsApproval) {
    return Task.newBuilder()
        .setSpec(TaskSpec.newBuilder().setTaskId("t1").setMaxCostMicros(250_000).addRequiredCapabilities("code:java"))
        .setCreatedAt(Times.toProto(NOW))
        .setWaiting(Waiting.newBuilder().setAwaitsApproval(awaitsApproval))
        .build();
  }

  /** The escalation of a cause, raised now. */
  static Escalation raised(Cause cause) {
    return written(EscalationRules.review(Optional.empty(), Optional.of(cause), "", TERMS, true, NOW));
  }

  static Escalation written(Turn turn) {
    return switch (turn) {
      case Turn.Write(Escalation next) -> next;
      case Turn.WriteWithBooks(Escalation next, Books before, Books after) -> next;
      case Turn.Keep keep -> throw new AssertionError("nothing was written");
      case Turn.Delete delete -> throw new AssertionError("it was deleted");
      case Turn.Refuse(var refusal) -> throw new AssertionError("refused: " + refusal);
    };
  }
}
