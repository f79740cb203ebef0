package io.infrafabric.scenarios.planted;

import static io.infrafabric.testkit.history.Violation.Invariant.ACKNOWLEDGED;
import static io.infrafabric.testkit.history.Violation.Invariant.ADMISSION;
import static io.infrafabric.testkit.history.Violation.Invariant.DONE_ONCE;
import static io.infrafabric.testkit.history.Violation.Invariant.DOORBELL;
import static io.infrafabric.testkit.history.Violation.Invariant.I10_VIEWS_CONVERGE;
import static io.infrafabric.testkit.history.Violation.Invariant.I12_DEPENDENCIES;
import static io.infrafabric.testkit.history.Violation.Invariant.I14_ISOLATION;
import static io.infrafabric.testkit.history.Violation.Invariant.I1_SINGLE_HOLDER;
import static io.infrafabric.testkit.history.Violation.Invariant.I2_NO_LOSS;
import static io.infrafabric.testkit.history.Violation.Invariant.I4_NO_STALE_EFFECT;
import static io.infrafabric.testkit.history.Violation.Invariant.I5_ATTEMPT_BOUND;
import static io.infrafabric.testkit.history.Violation.Invariant.I6_TERMINAL_IS_FINAL;
import static io.infrafabric.testkit.history.Violation.Invariant.I7_MONEY_IS_CONSERVED;
import static io.infrafabric.testkit.history.Violation.Invariant.I8_BOOKED_ONCE;
import static io.infrafabric.testkit.history.Violation.Invariant.I9_REAL_TIME;

import io.infrafabric.testkit.history.Violation.Invariant;
import java.util.Set;
import java.util.function.Supplier;

/** The bugs that are planted, each with the invariants of which at least one must give it away. */
enum Planted {
  NO_FENCE_ON_COMPLETE(() -> DoorBug.NO_FENCE_ON_COMPLETE, I4_NO_STALE_EFFECT),
  ALREADY_CLAIMED_RETRIED_AS_SUCCESS(() -> DoorBug.ALREADY_CLAIMED_IS_SUCCESS, I1_SINGLE_HOLDER),
  BARE_RETRY_OF_AN_UNCONDITIONAL_PUT(Bugs::bareRetry, I1_SINGLE_HOLDER, I6_TERMINAL_IS_FINAL, I4_NO_STALE_EFFECT, I7_MONEY_IS_CONSERVED, I8_BOOKED_ONCE, DONE_ONCE, ADMISSION),
  TIMEOUT_TAKEN_FOR_SUCCESS(Bugs::timeoutIsSuccess, ACKNOWLEDGED, I1_SINGLE_HOLDER, I2_NO_LOSS),
  TIMEOUT_TAKEN_FOR_FAILURE(Bugs::timeoutIsFailure, ACKNOWLEDGED),
  RESUME_AT_THE_COMPACTED_REVISION(() -> WatchBug.RESUMES_AT_THE_COMPACTED_REVISION, I10_VIEWS_CONVERGE, I2_NO_LOSS, I9_REAL_TIME, DOORBELL),
  WATCH_OFF_BY_ONE(() -> WatchBug.SKIPS_THE_FIRST_REVISION, I10_VIEWS_CONVERGE, I2_NO_LOSS, I9_REAL_TIME, DOORBELL),
  CHECK_THEN_ACT_BUDGET(Bugs::checkThenActBudget, I7_MONEY_IS_CONSERVED),
  CLAIM_WITHOUT_SESSION_COMPARE(Bugs::claimWithoutSession, ADMISSION),
  CLAIM_WITHOUT_STANDING_COMPARE(Bugs::claimWithoutStanding, ADMISSION, I7_MONEY_IS_CONSERVED),
  CLAIM_WITHOUT_TASK_COMPARE(Bugs::claimWithoutTask, I1_SINGLE_HOLDER, I6_TERMINAL_IS_FINAL),
  CANCEL_WITHOUT_TASK_COMPARE(Bugs::cancelWithoutTask, I6_TERMINAL_IS_FINAL, I7_MONEY_IS_CONSERVED),
  COMMITMENT_NOT_RELEASED_ON_END(Bugs::promiseNotReleased, I7_MONEY_IS_CONSERVED),
  COST_FORGOTTEN_BEFORE_IT_IS_BOOKED(Bugs::costForgotten, I7_MONEY_IS_CONSERVED),
  SETTLEMENT_APPLIED_TWICE(Bugs::settlementAppliedTwice, I8_BOOKED_ONCE),
  ATTEMPT_COUNTED_BY_THE_WORKER(Bugs::attemptCountedByTheWorker, I5_ATTEMPT_BOUND),
  BOTH_TWINS_ARE_PAID(Bugs::bothTwinsArePaid, I7_MONEY_IS_CONSERVED),
  REQUEST_FORGOTTEN(Bugs::requestForgotten, DONE_ONCE),
  RANGE_END_WITHOUT_A_SLASH(Bugs::rangeEndWithoutASlash, I14_ISOLATION),
  RING_BEFORE_COMMIT(BusBug::new, DOORBELL),
  CURSOR_SAVED_BEFORE_PUBLISH(Bugs::cursorBeforePublish, DOORBELL),
  STALE_READ_AS_CERTAIN_REFUSAL(StaleReads::new, I9_REAL_TIME),
  DEPENDENCY_RELEASED_BEFORE_COMMIT(Bugs::dependencyReleasedTooEarly, I12_DEPENDENCIES);

  private final Supplier<Bug> bug;
  private final Set<Invariant> givenAwayBy;

  Planted(Supplier<Bug> bug, Invariant... givenAwayBy) {
    this.bug = bug;
    this.givenAwayBy = Set.of(givenAwayBy);
  }

  Bug bug() {
    return bug.get();
  }

  /** Whether the judgement is about this bug. */
  boolean isFound(Verdict verdict) {
    return verdict.violations().stream().anyMatch(violation -> givenAwayBy.contains(violation.invariant()));
  }
}
