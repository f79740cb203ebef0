package io.infrafabric.testkit.chaos;

import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** The ids of the tasks submitted last, for whoever wants any of them. */
final class Tasks {
  private static final int KNOWN = 256;
  private static final int RECENT = 16;

  private final AtomicReferenceArray<String> known = new AtomicReferenceArray<>(KNOWN);
  private final AtomicInteger added = new AtomicInteger();

  void add(String task) {
    known.set(Math.floorMod(added.getAndIncrement(), KNOWN), task);
  }

  Optional<String> any(Random random) {
    int most = Math.min(KNOWN, added.get());
    return most == 0 ? Optional.empty() : Optional.ofNullable(known.get(random.nextInt(most)));
  }

  /** One of the very last. */
  Optional<String> recent(Random random) {
    int newest = added.get();
    return newest == 0 ? Optional.empty() : Optional.ofNullable(known.get(Math.floorMod(newest - 1 - random.nextInt(Math.min(RECENT, newest)), KNOWN)));
  }
}
