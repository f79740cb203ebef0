package io.infrafabric.coordinator.commitment;

import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentOrBuilder;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.Standing;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The book of one swarm's promises. Money is in micro-USD. */
public final class CommitmentRules {
  /** Claims in one record, open or not yet booked; keeps it within 64 KiB. */
  public static final int MOST = 200;

  private CommitmentRules() {}

  /**
   * The record without what the governor has booked. When nothing has gone wrong any more in any capability, what is completed is not noted with
   * its capabilities any more; that is so because whoever writes the record compares the standing with it.
   */
  public static CommitmentsRecord withoutSettled(CommitmentsRecord record, Standing standing) {
    if (standing.getSettledClaimIdsCount() == 0 && !record.getByCapability()) {
      return record;
    }
    CommitmentsRecord left = unsettled(record, standing);
    return left.getByCapability() && CapabilityNotes.areOver(left, standing) ? left.toBuilder().clearByCapability().build() : left;
  }

  private static CommitmentsRecord unsettled(CommitmentsRecord record, Standing standing) {
    Set<String> settled = new HashSet<>(standing.getSettledClaimIdsList());
    CommitmentsRecord.Builder left = record.toBuilder().clearCommitments();
    for (Commitment commitment : record.getCommitmentsList()) {
      if (isOpen(commitment) || !settled.contains(commitment.getClaimId())) {
        left.addCommitments(commitment);
      } else {
        leave(left, commitment.getRequestId());
      }
    }
    return left.build();
  }

  /** What all of it may still cost: the cap of open claims, the cost of ended ones. */
  public static long totalMicros(CommitmentsRecord record) {
    long total = 0;
    for (Commitment commitment : record.getCommitmentsList()) {
      total = Math.addExact(total, isOpen(commitment) ? commitment.getMaxCostMicros() : commitment.getCostMicros());
    }
    return total;
  }

  /** Claims that the swarm works on: they have not ended, and their tasks are not parked. What it may hold at once is counted in these. */
  public static int atWork(CommitmentsRecord record) {
    int atWork = 0;
    for (Commitment commitment : record.getCommitmentsList()) {
      atWork += isOpen(commitment) && !commitment.getParked() && !HelpMoney.isHelp(commitment) ? 1 : 0;
    }
    return atWork;
  }

  /** Claims of the swarm in the record, open or not yet booked. */
  public static int claims(CommitmentsRecord record) {
    int claims = 0;
    for (Commitment commitment : record.getCommitmentsList()) {
      claims += HelpMoney.isHelp(commitment) ? 0 : 1;
    }
    return claims;
  }

  /** What a claim of a task promises out of the money of its holder: nothing where another pays. */
  public static long promiseMicros(TaskSpec spec) {
    return HelpMoney.payer(spec).isPresent() ? 0 : spec.getMaxCostMicros();
  }

  /** The record with an open claim parked, or gone on with: it goes on however many others there are by then. */
  public static CommitmentsRecord parked(CommitmentsRecord record, String claimId, boolean parked) {
    CommitmentsRecord.Builder next = record.toBuilder();
    for (Commitment.Builder commitment : next.getCommitmentsBuilderList()) {
      if (isOpen(commitment) && commitment.getClaimId().equals(claimId)) {
        commitment.setParked(parked);
      }
    }
    return next.build();
  }

  /** The claim that a request made, if it did. */
  public static Optional<Commitment> ofRequest(CommitmentsRecord record, String requestId) {
    return record.getCommitmentsList().stream().filter(c -> c.getRequestId().equals(requestId)).findFirst();
  }

  /** Whether a request made a claim that has ended and left the book. Of the newest that did only. */
  public static boolean isPast(CommitmentsRecord record, String requestId) {
    return PastRequests.contain(record.getPastRequestsList(), requestId);
  }

  /** The claim of a request leaves the book; a request of an ended session is refused for that alone. */
  private static void leave(CommitmentsRecord.Builder next, String requestId) {
    List<Long> past = PastRequests.with(List.copyOf(next.getPastRequestsList()), requestId);
    next.clearPastRequests().addAllPastRequests(past);
  }

  /** Whether a request has opened a session of the swarm; of the newest that did only. */
  public static boolean hasOpened(CommitmentsRecord record, String requestId) {
    return PastRequests.contain(record.getSessionRequestsList(), requestId);
  }

  /** The record of a swarm whose session was opened by a request. */
  public static CommitmentsRecord opened(CommitmentsRecord record, String requestId) {
    List<Long> past = PastRequests.with(record.getSessionRequestsList(), requestId);
    return record.toBuilder().clearSessionRequests().addAllSessionRequests(past).build();
  }

  /**
   * The record with a claim ended. A neutral end that cost nothing, of a claim that was no probe, has nothing to book and leaves at once; all
   * others wait for the governor, numbered in the order in which they ended.
   */
  public static CommitmentsRecord ended(CommitmentsRecord record, Commitment ended) {
    return ended(record, ended, List.of());
  }

  /**
   * The same, with what the task required where that counts.
   *
   * @param required by the task
   */
  public static CommitmentsRecord ended(CommitmentsRecord record, Commitment ended, List<String> required) {
    CommitmentsRecord.Builder next = record.toBuilder().clearCommitments();
    List<String> noted = CapabilityNotes.of(record, ended.getEnd(), required);
    if (CapabilityNotes.begin(ended.getEnd(), required)) {
      next.setByCapability(true);
    }
    for (Commitment commitment : record.getCommitmentsList()) {
      if (!commitment.getClaimId().equals(ended.getClaimId())) {
        next.addCommitments(commitment);
      } else if (isBooked(ended) || commitment.getProbesCount() > 0) {
        long number = record.getEndedCount() + 1;
        next.setEndedCount(number);
        next.addCommitments(
            commitment.toBuilder()
                .setEnd(ended.getEnd())
                .setCostMicros(ended.getCostMicros())
                .setEndedNumber(number)
                .setClaimedAt(commitment.getAt())
                .setAt(ended.getAt())
                .setFence(ended.getFence())
                .setTrace(ended.getTrace())
                .addAllRequiredCapabilities(noted)
                .clearParked());
      } else {
        leave(next, commitment.getRequestId());
      }
    }
    return next.build();
  }

  /** True while the claim has not ended. */
  public static boolean isOpen(CommitmentOrBuilder commitment) {
    return commitment.getEnd() == ClaimEnd.CLAIM_END_UNSPECIFIED;
  }

  private static boolean isBooked(Commitment ended) {
    return ended.getCostMicros() > 0
        || ended.getEnd() == ClaimEnd.CLAIM_END_COMPLETED
        || ended.getEnd() == ClaimEnd.CLAIM_END_FAILED
        || ended.getEnd() == ClaimEnd.CLAIM_END_STALLED; // so many in a row open a breaker
  }
}
