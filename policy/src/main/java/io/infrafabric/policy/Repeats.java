package io.infrafabric.policy;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.governor.v1.PolicyViolation;
import io.infrafabric.governor.v1.ViolationType;
import io.infrafabric.names.Ids;
import io.infrafabric.names.SwarmId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tells a violation at once and its repetitions together, so that a swarm that tries the same thing over and over does not flood the log. Used by
 * one thread.
 */
final class Repeats {
  private static final Duration WINDOW = Duration.ofSeconds(10);
  private static final int MOST = 10_000;

  private final Map<Key, Seen> seen = new LinkedHashMap<>();

  private record Key(ViolationType type, String swarm, String task, String rule, long revision) {}

  private static final class Seen {
    final Instant until;
    PolicyViolation last;
    long repeated;

    Seen(Instant until, PolicyViolation last) {
      this.until = until;
      this.last = last;
    }
  }

  /** The violation to be told now, unless it repeats one that was. */
  Optional<PolicyViolation> add(PolicyViolation violation, Instant now) {
    Key key = new Key(violation.getType(), violation.getSwarmId(), violation.getTaskId(), violation.getRule(), violation.getPolicyRevision());
    Seen known = seen.get(key);
    if (known != null) {
      known.last = violation;
      known.repeated++;
      return Optional.empty();
    }
    if (seen.size() < MOST) {
      seen.put(key, new Seen(now.plus(WINDOW), violation));
    }
    return Optional.of(violation.toBuilder().setCount(1).build());
  }

  /** The repetitions of those whose time is over. */
  List<PolicyViolation> over(Instant now) {
    List<PolicyViolation> repetitions = new ArrayList<>();
    for (Iterator<Seen> oldestFirst = seen.values().iterator(); oldestFirst.hasNext(); ) {
      Seen each = oldestFirst.next();
      if (each.until.isAfter(now)) {
        break;
      }
      oldestFirst.remove();
      if (each.repeated > 0) {
        repetitions.add(each.last.toBuilder().setCount(each.repeated).build());
      }
    }
    return repetitions;
  }

  /** The swarm by whose subject it is told. */
  static SwarmId swarm(PolicyViolation violation) {
    return new SwarmId(Ids.isId(violation.getSwarmId()) ? violation.getSwarmId() : "nobody");
  }

  /** It as it is sent. */
  static byte[] json(PolicyViolation violation) {
    try {
      return JsonFormat.printer().omittingInsignificantWhitespace().print(violation).getBytes(StandardCharsets.UTF_8);
    } catch (InvalidProtocolBufferException impossible) {
      throw new IllegalStateException("a violation without JSON", impossible);
    }
  }
}
