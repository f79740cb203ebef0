package io.infrafabric.coordinator.commitment;

import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.governor.v1.Standing;
import java.util.List;

/**
 * Which ended claims are noted with what their tasks required, for the breakers of capabilities. A failure is, and from then on what is completed,
 * too, until nothing is counted any more: so a swarm of which nothing fails writes nothing more than it did. Pure.
 */
final class CapabilityNotes {
  /** Characters of capabilities in one record, so that it stays within 64 KiB; what is beyond counts for the swarm alone. */
  static final int MOST_CHARACTERS = 8 * 1024;

  private CapabilityNotes() {}

  /** Whether what is completed is noted from this end on. */
  static boolean begin(ClaimEnd end, List<String> required) {
    return isWrong(end) && !required.isEmpty();
  }

  /** What is noted of an end: all that the task required, or nothing. */
  static List<String> of(CommitmentsRecord record, ClaimEnd end, List<String> required) {
    boolean counts = isWrong(end) || (end == ClaimEnd.CLAIM_END_COMPLETED && record.getByCapability());
    return counts && characters(record) + length(required) <= MOST_CHARACTERS ? required : List.of();
  }

  private static boolean isWrong(ClaimEnd end) {
    return end == ClaimEnd.CLAIM_END_FAILED || end == ClaimEnd.CLAIM_END_STALLED;
  }

  /** Whether nothing is counted by capability any more, neither in the standing nor in what is not booked. */
  static boolean areOver(CommitmentsRecord left, Standing standing) {
    return standing.getCountsCount() == 0 && left.getCommitmentsList().stream().allMatch(line -> line.getRequiredCapabilitiesCount() == 0);
  }

  private static int characters(CommitmentsRecord record) {
    return record.getCommitmentsList().stream().map(Commitment::getRequiredCapabilitiesList).mapToInt(CapabilityNotes::length).sum();
  }

  private static int length(List<String> capabilities) {
    return capabilities.stream().mapToInt(String::length).sum();
  }
}
