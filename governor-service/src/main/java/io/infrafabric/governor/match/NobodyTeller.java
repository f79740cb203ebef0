package io.infrafabric.governor.match;

import io.infrafabric.governor.relay.Facts;
import io.infrafabric.governor.v1.NobodyQualified;
import io.infrafabric.governor.v1.RankSwarmsRequest;
import io.infrafabric.kit.relay.Publisher;
import io.infrafabric.kit.telemetry.Counter;
import io.infrafabric.kit.telemetry.Metrics;
import io.infrafabric.kit.time.Times;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Tells, as a fact, that nobody qualifies for work that is to be handed out (spec G6): of one need once in a while, because it is ranked again
 * and again while it waits. Bounded; the need that was told longest ago is forgotten first.
 */
final class NobodyTeller {
  /** Between two facts of the same need. */
  static final Duration REST = Duration.ofMinutes(1);

  private static final int MOST = 1_000;

  private final Facts facts;
  private final Publisher publisher;
  private final InstantSource clock;
  private final Counter unpublished;
  private final Map<RankSwarmsRequest, Instant> told =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<RankSwarmsRequest, Instant> eldest) {
          return size() > MOST;
        }
      };

  NobodyTeller(Facts facts, Publisher publisher, Metrics metrics, InstantSource clock) {
    this.facts = facts;
    this.publisher = publisher;
    this.clock = clock;
    this.unpublished = metrics.counter("if.match.nobody_unpublished", "Facts that nobody qualifies which could not be published");
  }

  /**
   * Nobody qualifies for the request; returns at once.
   *
   * @param why made only when it is told
   */
  void nobody(RankSwarmsRequest request, Supplier<NobodyQualified> why) {
    due(request.toBuilder().clearLimit().clearIncludeRejected().build())
        .ifPresent(
            now ->
                publisher
                    .publish(facts.nobody(why.get().toBuilder().setAt(Times.toProto(now)).build()))
                    .whenComplete(
                        (done, failure) -> {
                          if (failure != null) {
                            unpublished.increment();
                          }
                        }));
  }

  /** Now, unless it was told a short while ago. */
  private synchronized Optional<Instant> due(RankSwarmsRequest need) {
    Instant now = clock.instant();
    Instant last = told.get(need);
    if (last != null && now.isBefore(last.plus(REST))) {
      return Optional.empty();
    }
    told.remove(need);
    told.put(need, now);
    return Optional.of(now);
  }
}
