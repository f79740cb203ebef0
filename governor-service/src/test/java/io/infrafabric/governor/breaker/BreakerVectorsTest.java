package io.infrafabric.governor.breaker;

import static io.infrafabric.governor.books.BooksFixture.NOW;
import static io.infrafabric.governor.books.BooksFixture.granted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.CapabilityStop;
import io.infrafabric.policy.BreakerPolicy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The vectors of G9: a row of ends, and what it leaves open. An end is a letter and the capabilities that its task required: {@code C} completed,
 * {@code F} failed, {@code S} taken back for want of progress, {@code R} released, {@code L} lost, {@code X} cancelled, {@code V} revoked.
 */
class BreakerVectorsTest {
  private static final BreakerPolicy POLICY = BreakerPolicy.ofThreshold(3);

  static Stream<Arguments> rows() {
    return Stream.of(
        // Three failures open the swarm; two, a success and two do not.
        arguments("F: F: F:", "REPEATED_FAILURES", "", "3 claims in a row have failed"),
        arguments("F: F: C: F: F:", "", "", ""),
        arguments("F: F:", "", "", ""),
        // What says nothing of the swarm neither counts nor ends a row.
        arguments("F: R: F: L: X: V: F:", "REPEATED_FAILURES", "", "3 claims in a row have failed"),
        // A success ends a row and closes nothing.
        arguments("F: F: F: C:", "REPEATED_FAILURES", "", "3 claims in a row have failed"),
        // By capability: others go on, and their successes are none of it.
        arguments("F:a:x C:b:x F:a:x C:b:x F:a:x", "", "a:x=REPEATED_FAILURES", ""),
        arguments("F:a:x C:b:x F:a:x C:a:x F:a:x C:b:x F:a:x", "", "", ""),
        // A failed task counts for each of its capabilities.
        arguments("F:a:x,b:x C:c:x F:a:x C:c:x F:a:x,b:x", "", "a:x=REPEATED_FAILURES", ""),
        arguments("F:a:x,b:x C:c:x F:a:x,b:x C:c:x F:a:x,b:x", "", "a:x=REPEATED_FAILURES b:x=REPEATED_FAILURES", ""),
        // The swarm as a whole goes first, and then nothing else opens.
        arguments("F:a:x F:a:x F:a:x", "REPEATED_FAILURES", "", "3 claims in a row have failed"),
        arguments("F:a:x F:b:x F:c:x", "REPEATED_FAILURES", "", "3 claims in a row have failed"),
        // No progress: failures do not end that row, and it ends none of theirs.
        arguments("S: S: S:", "NO_PROGRESS", "", "3 claims were taken back for want of progress, and none was completed between them"),
        arguments("S: S: C: S: S:", "", "", ""),
        arguments("S: F: S: F: S:", "NO_PROGRESS", "", "3 claims were taken back for want of progress, and none was completed between them"),
        arguments("S:a:x C:b:x S:a:x C:b:x S:a:x", "", "a:x=NO_PROGRESS", ""),
        arguments("F: S: F: S: F:", "REPEATED_FAILURES", "", "3 claims in a row have failed"));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void ends_openWhatTheyMust(String ends, String whole, String stops, String detail) {
    Books books = granted(100);
    int number = 0;
    for (String end : ends.split(" ")) {
      books = after(books, claim(end, ++number), POLICY, NOW);
    }
    assertThat(books.isBreakerOpen()).isEqualTo(!whole.isEmpty());
    assertThat(word(books.standing().getBreakerReason())).isEqualTo(whole);
    assertThat(books.standing().getStopsList()).extracting(stop -> stop.getCapability() + "=" + word(stop.getReason())).containsExactlyInAnyOrder(list(stops));
    assertThat(books.breaker().getDetail()).isEqualTo(detail);
  }

  static Books after(Books books, Commitment claim, BreakerPolicy policy, Instant now) {
    Books counted = books.with(CountRules.counted(books.standing(), claim));
    return EndedRules.after(books.breaker(), counted, claim, 0, policy, now);
  }

  static Commitment claim(String end, int number) {
    String required = end.substring(2);
    return Commitment.newBuilder()
        .setClaimId("c" + number)
        .setTaskId("t" + number)
        .setEndedNumber(number)
        .setEnd(end(end.charAt(0)))
        .addAllRequiredCapabilities(required.isEmpty() ? List.of() : List.of(required.split(",")))
        .build();
  }

  private static ClaimEnd end(char letter) {
    return switch (letter) {
      case 'C' -> ClaimEnd.CLAIM_END_COMPLETED;
      case 'F' -> ClaimEnd.CLAIM_END_FAILED;
      case 'S' -> ClaimEnd.CLAIM_END_STALLED;
      case 'R' -> ClaimEnd.CLAIM_END_RELEASED;
      case 'L' -> ClaimEnd.CLAIM_END_LOST;
      case 'X' -> ClaimEnd.CLAIM_END_CANCELLED;
      case 'V' -> ClaimEnd.CLAIM_END_REVOKED;
      default -> throw new IllegalArgumentException("" + letter);
    };
  }

  private static String[] list(String stops) {
    List<String> all = new ArrayList<>(List.of(stops.split(" ")));
    all.removeIf(String::isEmpty);
    return all.toArray(String[]::new);
  }

  private static String word(BreakerReason reason) {
    return reason == BreakerReason.BREAKER_REASON_UNSPECIFIED ? "" : reason.name().substring("BREAKER_REASON_".length());
  }

  /** Names what the standing stops, for the tests beside this one. */
  static List<String> stops(Books books) {
    return books.standing().getStopsList().stream().map(CapabilityStop::getCapability).toList();
  }
}
