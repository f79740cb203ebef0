package io.infrafabric.chassis.contract;

import io.infrafabric.names.SwarmId;

/** What is being done under a contract. */
@FunctionalInterface
public interface Workload {
  /** The counts of a swarm since this process began; zeros when it does not run here. */
  Counts of(SwarmId swarm);

  /**
   * Executions.
   *
   * @param running now
   * @param succeeded completed
   * @param failed failed, ended at a limit, or lost
   */
  record Counts(int running, long succeeded, long failed) {
    /** Nothing yet. */
    public static final Counts NONE = new Counts(0, 0, 0);
  }
}
