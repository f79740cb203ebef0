package io.infrafabric.kit.grpc;

import io.infrafabric.kit.telemetry.RecentTimes;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the calls that came in through the doors of a process, by method, and times those of some methods: the ones that were answered as
 * they wanted, from when they came in until the answer had left. Streams are counted when they end.
 */
public final class CallTimes implements CallMeter {
  private final Map<String, RecentTimes> timed;
  private final Map<String, Tally> tallies = new ConcurrentHashMap<>();

  /** Calls of one method that are over. */
  public record Calls(long answered, long refused, long abandoned) {}

  private static final class Tally {
    final LongAdder answered = new LongAdder();
    final LongAdder refused = new LongAdder();
    final LongAdder abandoned = new LongAdder();
  }

  /**
   * @param timed where the times of a method go, by its full name
   */
  public CallTimes(Map<String, RecentTimes> timed) {
    this.timed = Map.copyOf(timed);
  }

  @Override
  public void ended(String method, End end, long begunNanos) {
    Tally known = tallies.get(method);
    Tally tally = known != null ? known : tallies.computeIfAbsent(method, name -> new Tally());
    switch (end) {
      case ANSWERED -> {
        RecentTimes times = timed.get(method);
        if (times != null) {
          times.add(begunNanos);
        }
        tally.answered.increment();
      }
      case REFUSED -> tally.refused.increment();
      case ABANDONED -> tally.abandoned.increment();
    }
  }

  /** What was called so far, by the full name of the method; those that were not are left out. */
  public Map<String, Calls> calls() {
    Map<String, Calls> all = new TreeMap<>();
    tallies.forEach((method, tally) -> all.put(method, new Calls(tally.answered.sum(), tally.refused.sum(), tally.abandoned.sum())));
    return all;
  }
}
