package io.infrafabric.governor.books;

import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.governor.v1.Standing;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads what the coordinator wrote into commitments/[swarm]. */
public final class Commitments {
  private Commitments() {}

  /** True when the claim is over and its cost is final. */
  public static boolean hasEnded(Commitment commitment) {
    return commitment.getEnd() != ClaimEnd.CLAIM_END_UNSPECIFIED;
  }

  /** True for money that pays for the help of others: no claim of this swarm. */
  public static boolean isHelp(Commitment commitment) {
    return !commitment.getOutOfClaimId().isEmpty();
  }

  /** Claims that the swarm holds. */
  public static int openClaims(CommitmentsRecord record) {
    return (int) record.getCommitmentsList().stream().filter(claim -> !hasEnded(claim) && !isHelp(claim)).count();
  }

  /** Micro-dollars promised by open claims or spent by ended ones, without those that the standing lists as booked. */
  public static long committedMicros(CommitmentsRecord record, Standing standing) {
    return committedMicros(record.getCommitmentsList(), booked(standing));
  }

  /** The same by kind of work; help counts for the kind of work that is helped. */
  public static Map<String, Long> committedByClass(CommitmentsRecord record, Standing standing) {
    Set<String> booked = booked(standing);
    Map<String, Long> total = new HashMap<>();
    for (Commitment commitment : record.getCommitmentsList()) {
      total.merge(commitment.getTaskClass(), micros(commitment, booked), Long::sum);
    }
    return total;
  }

  private static long committedMicros(List<Commitment> commitments, Set<String> booked) {
    return commitments.stream().mapToLong(commitment -> micros(commitment, booked)).sum();
  }

  private static long micros(Commitment commitment, Set<String> booked) {
    if (!hasEnded(commitment)) {
      return commitment.getMaxCostMicros();
    }
    return booked.contains(commitment.getClaimId()) ? 0 : commitment.getCostMicros();
  }

  private static Set<String> booked(Standing standing) {
    return standing.getSettledClaimIdsCount() == 0 ? Set.of() : Set.copyOf(standing.getSettledClaimIdsList());
  }
}
