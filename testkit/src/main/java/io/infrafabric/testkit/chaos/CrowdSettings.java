package io.infrafabric.testkit.chaos;

import java.time.Duration;

/**
 * Who works, and how.
 *
 * @param prefix of all ids; a crowd of its own needs one of its own
 * @param capability what every swarm of it can do and every task of it needs
 * @param agents swarms, each a thread
 * @param submitters threads that submit tasks
 * @param children of each mapping, those of which that take too long get twins; 0: nothing is mapped
 * @param mapEvery how long after one mapping the next is begun
 * @param backlog tasks ready or held before the submitters pause
 * @param maxConcurrent claims a swarm may hold
 * @param maxCostMicros largest cap of a task
 * @param grantMicros what a swarm is granted at first and whenever it has run out
 * @param sessionTtl of every session
 * @param keepAlive whether sessions are kept alive by a thread
 * @param mischief how often, of a thousand things an agent does, it is not work
 * @param blockers how often, of a thousand things an agent does about a claim, it is stopped by a blocker
 * @param pause between two tries of a call
 */
public record CrowdSettings(
    String prefix,
    String capability,
    int agents,
    int submitters,
    int children,
    Duration mapEvery,
    int backlog,
    int maxConcurrent,
    long maxCostMicros,
    long grantMicros,
    Duration sessionTtl,
    boolean keepAlive,
    int mischief,
    int blockers,
    Duration pause) {

  /** The id of a swarm. */
  String swarm(int number) {
    return prefix + "-s" + number;
  }
}
