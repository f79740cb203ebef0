package io.infrafabric.scenarios;

import java.util.concurrent.atomic.AtomicInteger;

/** Ids that no other scenario of the run has. */
final class Unique {
  private static final AtomicInteger LAST = new AtomicInteger();

  private Unique() {}

  /** A new id that begins with the word. */
  static String id(String word) {
    return word + "-" + LAST.incrementAndGet();
  }

  /** A new capability, so that nobody else's tasks or swarms fit. */
  static String capability() {
    return "scenario:" + id("skill");
  }
}
