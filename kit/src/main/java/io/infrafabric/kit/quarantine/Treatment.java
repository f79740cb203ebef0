package io.infrafabric.kit.quarantine;

/** What is done with a value that cannot be read. */
public enum Treatment {
  /** It is copied and deleted: its key is free, and an absent record does no harm. */
  MOVE,
  /** It is copied and stays: an absent record would allow what must not be, so that what rests on it is refused until it is repaired. */
  KEEP
}
