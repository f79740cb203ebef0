package io.infrafabric.bench.economics;

import java.util.SplittableRandom;

/** How an attempt ends, how long it takes and what it costs: the same for the same seed, job, agent and attempt. Pure. */
final class WorkRules {
  private static final double ABLE_SUCCEEDS = 0.96;
  private static final double UNABLE_SUCCEEDS = 0.15;
  private static final double FAILING_SUCCEEDS = 0.1;
  private static final double HELPER_SUCCEEDS = 0.97;

  private WorkRules() {}

  /**
   * What an attempt comes to.
   *
   * @param hours of simulated time
   * @param costMicros for these hours
   * @param success whether it ends in a completion
   */
  record Effort(double hours, long costMicros, boolean success) {
    /** The same, stopped when it has cost as much as it may. */
    Effort within(long capMicros) {
      return costMicros <= capMicros ? this : new Effort(hours * capMicros / costMicros, capMicros, false);
    }
  }

  /** An attempt of an agent at a job. */
  static Effort work(Job job, Member member, int attempt, long seed) {
    SplittableRandom random = random(seed, job.id(), member.id(), attempt);
    double chance = member.failing() ? FAILING_SUCCEEDS : member.can(job.kind().capability()) ? ABLE_SUCCEEDS : UNABLE_SUCCEEDS;
    return effort(random, job.hours() * member.model().pace(), member, chance);
  }

  /** An attempt of an agent to help with what stops a job. Who has not what it needs never succeeds. */
  static Effort help(Job job, Member member, int attempt, long seed) {
    SplittableRandom random = random(seed, job.id() + "-help", member.id(), attempt);
    boolean able = member.can(job.need().orElseThrow());
    return effort(random, job.helpHours() * member.model().pace(), member, able ? HELPER_SUCCEEDS : 0);
  }

  /** A failure is noticed after half of the time at the earliest. */
  private static Effort effort(SplittableRandom random, double hours, Member member, double chance) {
    boolean success = random.nextDouble() < chance;
    double spent = success ? hours : hours * (0.5 + random.nextDouble() / 2);
    return new Effort(spent, Math.round(spent * member.model().microsPerHour()), success);
  }

  private static SplittableRandom random(long seed, String job, String member, int attempt) {
    long mixed = seed;
    for (String part : new String[] {job, member, Integer.toString(attempt)}) {
      for (int i = 0; i < part.length(); i++) {
        mixed = mixed * 0x9E3779B97F4A7C15L + part.charAt(i);
      }
    }
    return new SplittableRandom(mixed);
  }
}
