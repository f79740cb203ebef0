package io.infrafabric.bench.economics;

/** How a sprint is worked through. */
enum Way {
  /**
   * Without a governor's say: a task is anybody's of its session, whatever it takes; agents ask for work every half minute; with a blocker everybody helps
   * who has nothing to do; and money has no end.
   */
  OLD("old way"),
  /** Ranked, offered, within budgets and behind breakers. */
  GOVERNED("governed");

  private final String words;

  Way(String words) {
    this.words = words;
  }

  /** For people. */
  String words() {
    return words;
  }
}
