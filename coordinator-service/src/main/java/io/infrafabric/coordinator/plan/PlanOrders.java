package io.infrafabric.coordinator.plan;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.error.Violations;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Ids;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The plans there are in the two orders in which they are listed. Written by one thread, read by any. */
final class PlanOrders {
  private final ConcurrentSkipListMap<String, Age> byId = new ConcurrentSkipListMap<>();
  private final ConcurrentSkipListSet<Age> byAge = new ConcurrentSkipListSet<>();

  /** When a plan was made. The newest goes first, and of equally old ones the first by id. */
  record Age(Instant at, String planId) implements Comparable<Age> {
    private static final Comparator<Age> ORDER = Comparator.comparing(Age::at).reversed().thenComparing(Age::planId);
    private static final Pattern TOKEN = Pattern.compile("(\\d{1,11})-(\\d{1,9})-(.+)");

    static Age of(PlanRecord plan) {
      return new Age(Times.toInstant(plan.getCreatedAt()), plan.getPlanId());
    }

    /** Where a page ends that is in order of age: it holds also when the plan is gone by then. */
    String token() {
      return at.getEpochSecond() + "-" + at.getNano() + "-" + planId;
    }

    /** The place of a token; refuses any other text. */
    static Age parse(String token) {
      Matcher place = TOKEN.matcher(token);
      boolean isOne = place.matches() && Ids.isId(place.group(3));
      new Violations()
          .check(isOne, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "page_token", "the next_page_token of the page before, which had the same order")
          .refusal("no plans are listed")
          .ifPresent(refusal -> {
            throw refusal.asException();
          });
      return new Age(Instant.ofEpochSecond(Long.parseLong(place.group(1)), Long.parseLong(place.group(2))), place.group(3));
    }

    @Override
    public int compareTo(Age other) {
      return ORDER.compare(this, other);
    }
  }

  /** A plan was stored, has changed, or is gone. */
  void changed(Optional<PlanRecord> before, Optional<PlanRecord> after) {
    Optional<Age> was = before.map(Age::of);
    Optional<Age> is = after.map(Age::of);
    if (was.equals(is)) {
      return;
    }
    was.ifPresent(
        age -> {
          byId.remove(age.planId());
          byAge.remove(age);
        });
    is.ifPresent(
        age -> {
          byId.put(age.planId(), age);
          byAge.add(age);
        });
  }

  /** The plans whose ids come after this one; a live view. */
  Collection<Age> afterId(String id) {
    return byId.tailMap(id, false).values();
  }

  /** The plans that come after a place in order of age, all when it is empty; a live view. */
  Collection<Age> after(Optional<Age> place) {
    return place.<Collection<Age>>map(from -> byAge.tailSet(from, false)).orElse(byAge);
  }
}
