package io.infrafabric.testkit.history;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/** What revisions a call must have known and cannot have known, from those of the calls that ended before it and began after it. Pure. */
final class CallTimes {
  private final long[] before;
  private final long[] after;

  private CallTimes(int calls) {
    before = new long[calls];
    after = new long[calls];
  }

  /**
   * Looks at all calls.
   *
   * @param revision at which a call took effect, if it did
   */
  static CallTimes of(List<Call> calls, Function<Call, Optional<Long>> revision) {
    CallTimes times = new CallTimes(calls.size());
    long[] effects = calls.stream().mapToLong(call -> revision.apply(call).orElse(0L)).toArray();
    List<Integer> byBegin = order(calls, Comparator.comparingLong(Call::invokedNanos));
    List<Integer> byEnd = order(calls, Comparator.comparingLong(Call::returnedNanos));

    long newest = 0;
    int ended = 0;
    for (int call : byBegin) {
      while (ended < byEnd.size() && calls.get(byEnd.get(ended)).returnedNanos() - calls.get(call).invokedNanos() < 0) {
        newest = Math.max(newest, effects[byEnd.get(ended++)]);
      }
      times.before[call] = newest;
    }

    long oldest = Long.MAX_VALUE;
    int begun = byBegin.size() - 1;
    for (int call : byEnd.reversed()) {
      while (begun >= 0 && calls.get(byBegin.get(begun)).invokedNanos() - calls.get(call).returnedNanos() > 0) {
        long effect = effects[byBegin.get(begun--)];
        oldest = effect == 0 ? oldest : Math.min(oldest, effect);
      }
      times.after[call] = oldest;
    }
    return times;
  }

  private static List<Integer> order(List<Call> calls, Comparator<Call> by) {
    return IntStream.range(0, calls.size()).boxed().sorted((a, b) -> by.compare(calls.get(a), calls.get(b))).toList();
  }

  /** The newest revision of a call that had returned when this one began; 0 without one. */
  long before(int call) {
    return before[call];
  }

  /** The oldest revision of a call that began after this one had returned. */
  long after(int call) {
    return after[call];
  }
}
