package io.infrafabric.coordinator.dispatch;

/**
 * How many swarms may be rung beside the first ones: a share of the first ones, and a handful at any time. Where everybody is slow
 * because there is more work than the machines can do, ringing more makes it slower still (hedged requests are held to a few
 * percent: Dean and Barroso, The Tail at Scale, 2013); then the next swarm is rung when the offer to the first is over. Used by one
 * thread.
 */
final class FurtherShare {
  private final double share;
  private final int most;
  private double left;

  /**
   * @param share of the first offers, 0 to 1
   * @param most that may be rung at once after a quiet time
   */
  FurtherShare(double share, int most) {
    this.share = share;
    this.most = most;
    this.left = most;
  }

  /** A first swarm was rung. */
  void first() {
    left = Math.min(most, left + share);
  }

  /** Whether one more may be. */
  boolean isLeft() {
    return left >= 1;
  }

  /** One more was rung. */
  void further() {
    left--;
  }
}
