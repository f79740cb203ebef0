package io.infrafabric.coordinator.plan;

import java.util.Collection;

/** Who may have one more of some equal tasks. Pure. */
final class ShareRules {
  private ShareRules() {}

  /**
   * Whether a swarm gets one of the remaining tasks when they are handed out one by one, each to the one that has the fewest. When all
   * are handed out so, nobody has more than one more than another; and whoever has the fewest always may, so that nobody waits for nobody.
   *
   * @param own tasks that the swarm has had so far
   * @param taken what each that competes has had, this swarm among them or not
   * @param remaining tasks that nobody has had
   */
  static boolean mayTake(int own, Collection<Integer> taken, int remaining) {
    return spare(own, taken, remaining) > 0;
  }

  /** How many of the remaining tasks are not owed to those who have had fewer. */
  static long spare(int own, Collection<Integer> taken, int remaining) {
    long owed = 0;
    for (int other : taken) {
      owed += Math.max(0, own - other);
    }
    return remaining - owed;
  }
}
