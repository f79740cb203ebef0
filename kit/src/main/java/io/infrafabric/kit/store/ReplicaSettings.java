package io.infrafabric.kit.store;

import java.time.Duration;

/**
 * Limits of a replica.
 *
 * @param batchTransactions transactions in one group; etcd's max-txn-ops is 128 with the largest inner one counted
 * @param batchBytes bytes in one group, below etcd's request limit of 1.5 MiB
 * @param lanes groups under way at once
 * @param queue mutations that wait; more are refused as OVERLOADED
 * @param patience how long an outcome is sought before it is OUTCOME_UNKNOWN, or a turn waited for before it is OVERLOADED (UNAVAILABLE when
 *     the store is silent)
 * @param attempts how often a decision is asked again because records moved
 * @param probe how often the store is asked for a sign of life while it is away; when nobody else asks it anything, once a second
 */
public record ReplicaSettings(
    int batchTransactions, int batchBytes, int lanes, int queue, Duration patience, int attempts, Duration probe) {
  /** What fits etcd's default limits. */
  public static ReplicaSettings defaults() {
    return new ReplicaSettings(120, 1 << 20, 1, 20_000, Duration.ofSeconds(3), 50, Duration.ofMillis(200));
  }

  /** The same with other groups. */
  public ReplicaSettings withGroups(int transactions, int lanesUnderWay) {
    return new ReplicaSettings(transactions, batchBytes, lanesUnderWay, queue, patience, attempts, probe);
  }

  /** The same with another patience. */
  public ReplicaSettings withPatience(Duration seeking) {
    return new ReplicaSettings(batchTransactions, batchBytes, lanes, queue, seeking, attempts, probe);
  }
}
