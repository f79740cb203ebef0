package io.infrafabric.testkit.nats;

/**
 * How often what goes wrong with a message, each from 0 to 1.
 *
 * @param dropped it never arrives at a receiver, not even a durable one (the stream lost it)
 * @param duplicated it arrives twice
 * @param reordered it arrives before those that were sent before it and wait
 * @param unanswered a durable publish is stored, and the sender does not hear of it
 */
public record BusFaults(double dropped, double duplicated, double reordered, double unanswered) {
  /** Nothing goes wrong. */
  public static final BusFaults NONE = new BusFaults(0, 0, 0, 0);

  /** No message arrives. */
  public static final BusFaults DEAF = new BusFaults(1, 0, 0, 0);

  /** A bit of everything. */
  public static final BusFaults MIXED = new BusFaults(0.1, 0.1, 0.1, 0.1);
}
