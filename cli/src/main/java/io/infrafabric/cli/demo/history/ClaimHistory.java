package io.infrafabric.cli.demo.history;

import io.infrafabric.cli.demo.history.TaskVersion.Phase;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The judgement of a history: a task has one holder at a time, its fences grow, it is completed by its holder, once, and
 * then stays so (architecture.md, I1, I2, I3, I4, I6).
 */
public final class ClaimHistory {
  private final Map<String, Life> lives = new HashMap<>();
  private final List<String> doubleClaims = new ArrayList<>();
  private final List<String> breaches = new ArrayList<>();
  private long claims;

  /**
   * The judgement.
   *
   * @param claims how many were made
   * @param doubleClaims claims made while another one held the task, in words
   * @param lost ids that were submitted and not completed exactly once
   * @param breaches of any other rule, in words
   */
  public record Verdict(long claims, List<String> doubleClaims, List<String> lost, List<String> breaches) {}

  /** What is known of a task. */
  private static final class Life {
    private TaskVersion last;
    private long fence;
    private int completions;
  }

  private ClaimHistory() {}

  /**
   * Judges.
   *
   * @param history in revision order for each task
   * @param submitted the ids that were acknowledged to the submitter
   */
  public static Verdict judge(Iterable<TaskVersion> history, Set<String> submitted) {
    ClaimHistory judge = new ClaimHistory();
    history.forEach(judge::next);
    return judge.verdict(submitted);
  }

  private void next(TaskVersion version) {
    Life life = lives.computeIfAbsent(version.taskId(), id -> new Life());
    TaskVersion last = life.last;
    life.last = version;
    if (last != null && version.revision() <= last.revision()) {
      breach(version, "revision %d came after %d".formatted(version.revision(), last.revision()));
    }
    if (last != null && last.phase() == Phase.COMPLETED && version.phase() != Phase.GONE) {
      breach(version, "changed after it was completed");
    }
    switch (version.phase()) {
      case HELD -> held(version, last, life);
      case COMPLETED -> completed(version, last, life);
      case OPEN, ENDED, GONE -> {}
    }
  }

  private void held(TaskVersion version, TaskVersion last, Life life) {
    if (last != null && last.phase() == Phase.HELD) {
      if (!last.claimId().equals(version.claimId())) {
        doubleClaims.add(
            "%s: claimed by %s at %d while held by %s".formatted(version.taskId(), version.swarmId(), version.revision(), last.swarmId()));
        claims++;
      }
    } else {
      claims++;
      if (version.fence() <= life.fence) {
        breach(version, "fence %d after %d".formatted(version.fence(), life.fence));
      }
    }
    life.fence = Math.max(life.fence, version.fence());
  }

  private void completed(TaskVersion version, TaskVersion last, Life life) {
    life.completions++;
    if (last == null || last.phase() != Phase.HELD || !last.claimId().equals(version.claimId())) {
      breach(version, "completed under claim %s, which did not hold it".formatted(version.claimId()));
    }
  }

  private void breach(TaskVersion version, String what) {
    breaches.add("%s at revision %d: %s".formatted(version.taskId(), version.revision(), what));
  }

  private Verdict verdict(Set<String> submitted) {
    Set<String> lost = new HashSet<>();
    for (String id : submitted) {
      Life life = lives.get(id);
      if (life == null || life.completions != 1) {
        lost.add(id);
      }
    }
    return new Verdict(claims, List.copyOf(doubleClaims), lost.stream().sorted().toList(), List.copyOf(breaches));
  }
}
