package io.infrafabric.policy;

import io.infrafabric.governor.v1.BreakerTerms;
import io.infrafabric.governor.v1.OpenClaims;
import io.infrafabric.kit.time.Times;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads the part {@code circuit_breaker} of a document. */
final class BreakerReader {
  static final String PART = "circuit_breaker";

  private static final List<String> KEYS =
      List.of(
          "open_claims",
          "capability_failure_threshold",
          "no_progress_threshold",
          "slo_violation_threshold",
          "half_open_after",
          "half_open_max",
          "flap_window");

  private static final Map<String, OpenClaims> OPEN_CLAIMS =
      Map.of("finish", OpenClaims.OPEN_CLAIMS_FINISH, "park", OpenClaims.OPEN_CLAIMS_PARK, "revoke", OpenClaims.OPEN_CLAIMS_REVOKE);

  private static final int MOST = 100;
  private static final Duration SHORTEST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofDays(7);

  private BreakerReader() {}

  static BreakerTerms read(Node node, Problems problems) {
    Fields fields = Fields.of(node, PART + ".", KEYS, problems);
    BreakerTerms.Builder terms = BreakerPolicy.DEFAULTS.toBuilder();
    fields.word("open_claims", List.of("finish", "park", "revoke")).ifPresent(word -> terms.setOpenClaims(OPEN_CLAIMS.get(word)));
    fields.number("capability_failure_threshold", 0, 1, MOST).ifPresent(failures -> terms.setCapabilityFailureThreshold(failures.intValue()));
    fields.number("no_progress_threshold", 0, 0, MOST).ifPresent(stalls -> terms.setNoProgressThreshold(stalls.intValue()));
    fields.number("slo_violation_threshold", 0, 0, MOST).ifPresent(windows -> terms.setSloViolationThreshold(windows.intValue()));
    fields.durationOrOff("half_open_after", SHORTEST, LONGEST).ifPresent(wait -> terms.setHalfOpenAfter(Times.toProto(wait)));
    fields.duration("half_open_max", SHORTEST, LONGEST).ifPresent(wait -> terms.setHalfOpenMax(Times.toProto(wait)));
    fields.duration("flap_window", Duration.ZERO, LONGEST).ifPresent(window -> terms.setFlapWindow(Times.toProto(window)));
    if (terms.hasHalfOpenAfter() && Times.toDuration(terms.getHalfOpenAfter()).compareTo(Times.toDuration(terms.getHalfOpenMax())) > 0) {
      problems.add(fields.lineOf("half_open_after"), PART + ".half_open_after", "at most half_open_max is expected, which is " + Times.toDuration(terms.getHalfOpenMax()));
    }
    return terms.build();
  }
}
