package io.infrafabric.bench.economics;

import java.util.Locale;

/** Kinds of work of a sprint, with what it takes to do them. */
enum Kind {
  DOCUMENTATION("docs:writing", false),
  BOILERPLATE("code:boilerplate", false),
  TESTING("code:test", false),
  INTEGRATION("code:integration", true),
  SECURITY("security:review", true),
  ARCHITECTURE("design:architecture", true);

  private final String capability;
  private final boolean demanding;

  Kind(String capability, boolean demanding) {
    this.capability = capability;
    this.demanding = demanding;
  }

  /** What a swarm must be able to do. */
  String capability() {
    return capability;
  }

  /** Whether it takes more than a small model. */
  boolean demanding() {
    return demanding;
  }

  /** The class of its tasks. */
  String taskClass() {
    return name().toLowerCase(Locale.ROOT);
  }
}
