package io.infrafabric.testkit.history;

import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.testkit.history.Violation.Invariant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/** What was really done: by which request, to which task, at which revision; and who held what from when to when. */
public final class Deeds {
  /** Reports that may be written again when something else was written in between. */
  private static final Set<TaskEventType> REPEATABLE = EnumSet.of(TaskEventType.TASK_EVENT_TYPE_PROGRESSED);

  private static final Set<TaskEventType> ENDS =
      EnumSet.of(
          TaskEventType.TASK_EVENT_TYPE_COMPLETED,
          TaskEventType.TASK_EVENT_TYPE_FAILED,
          TaskEventType.TASK_EVENT_TYPE_RETRIED,
          TaskEventType.TASK_EVENT_TYPE_RELEASED,
          TaskEventType.TASK_EVENT_TYPE_QUARANTINED);

  private final Map<String, List<Deed>> byRequest = new HashMap<>();
  private final Map<String, Tenure> byClaim = new HashMap<>();
  private final Map<String, List<Tenure>> byTask = new HashMap<>();
  private final Map<String, Map<Long, TaskEventType>> steps = new HashMap<>();
  private final Map<String, Long> born = new HashMap<>();
  private final Map<String, Raised> raised = new HashMap<>();
  private final Set<String> openBlockers = new TreeSet<>();
  private int parkings;
  private int resumptions;

  /** A change of a task made by a request. The fence of a claim is its revision. */
  public record Deed(String request, TaskEventType event, String task, String swarm, String claim, long fence, long revision) {}

  /** A blocker that a request stored, for a task that was held under the fence. */
  record Raised(String task, String swarm, long fence, long revision) {}

  /** A claim: live from its revision (the fence) until the revision of its end, not included. */
  public static final class Tenure {
    final String task;
    final String swarm;
    final String claim;
    final long from;
    long until = Long.MAX_VALUE;

    private Tenure(String task, String swarm, String claim, long from) {
      this.task = task;
      this.swarm = swarm;
      this.claim = claim;
      this.from = from;
    }

    /** Whether it was live at some revision of the range, both ends included. */
    boolean meets(long first, long last) {
      return from <= last && until > first;
    }
  }

  void changed(String task, long revision, LastChange last, Consumer<Violation> violations) {
    born.putIfAbsent(task, revision);
    steps.computeIfAbsent(task, t -> new HashMap<>()).put(revision, last.getEvent());
    if (last.getRequestId().isEmpty()) {
      return;
    }
    boolean claimed = last.getEvent() == TaskEventType.TASK_EVENT_TYPE_CLAIMED;
    Deed deed =
        new Deed(last.getRequestId(), last.getEvent(), task, last.getSwarmId(), last.getClaimId(), claimed ? revision : last.getFence(), revision);
    List<Deed> before = byRequest.computeIfAbsent(deed.request(), request -> new ArrayList<>(1));
    before.stream()
        .filter(other -> isSame(deed, other))
        .findFirst()
        .ifPresent(
            other ->
                violations.accept(
                    new Violation(
                        Invariant.DONE_ONCE,
                        task,
                        revision,
                        "request " + deed.request() + " of " + deed.swarm() + " was carried out again: " + deed.event() + ", before on " + other.task() + " at revision " + other.revision() + ended(other))));
    before.add(deed);
  }

  /**
   * Whether a request did one thing twice. It makes one claim in all, whatever became of that; it ends one claim, however that
   * turned out; and anything else it does to a task it does once.
   */
  private static boolean isSame(Deed deed, Deed other) {
    if (REPEATABLE.contains(deed.event())) {
      return false;
    }
    if (ENDS.contains(deed.event())) {
      return ENDS.contains(other.event());
    }
    return deed.event() == other.event() && (deed.event() == TaskEventType.TASK_EVENT_TYPE_CLAIMED || deed.task().equals(other.task()));
  }

  private String ended(Deed other) {
    Tenure tenure = byClaim.get(other.claim());
    if (tenure == null || tenure.until == Long.MAX_VALUE) {
      return "";
    }
    return ", which ended at revision " + tenure.until + ": " + step(other.task(), tenure.until).map(Enum::name).orElse("deleted");
  }

  void claimed(String task, TaskLife.Hold hold, long revision) {
    Tenure tenure = new Tenure(task, hold.swarm(), hold.claim(), revision);
    byClaim.put(hold.claim(), tenure);
    byTask.computeIfAbsent(task, t -> new ArrayList<>(1)).add(tenure);
  }

  void ended(String claim, long revision) {
    Tenure tenure = byClaim.get(claim);
    if (tenure != null) {
      tenure.until = Math.min(tenure.until, revision);
    }
  }

  /** A blocker has come or changed; several of a task may come at one revision, of which its record names one. */
  void blocker(String id, BlockerRecord record, long revision) {
    Blocker blocker = record.getBlocker();
    raised.putIfAbsent(record.getRaiseRequestId(), new Raised(blocker.getTaskId(), blocker.getSwarmId(), blocker.getFence(), revision));
    if (blocker.hasResolvedAt()) {
      openBlockers.remove(id);
    } else {
      openBlockers.add(id);
    }
  }

  /** The blocker that a request stored. */
  Optional<Raised> raised(String request) {
    return Optional.ofNullable(raised.get(request));
  }

  /** Blockers that nobody has resolved, by id: none of them once all work is done. */
  public Set<String> openBlockers() {
    return openBlockers;
  }

  /** A task is parked that was not, or its holder goes on. */
  void parked(boolean now) {
    parkings += now ? 1 : 0;
    resumptions += now ? 0 : 1;
  }

  /** How often a task was parked that was not. */
  public int parkings() {
    return parkings;
  }

  /** How often the holder of a parked task went on. */
  public int resumptions() {
    return resumptions;
  }

  /** What a request did, in order. */
  public List<Deed> of(String request) {
    return byRequest.getOrDefault(request, List.of());
  }

  /** The claim of that id. */
  Optional<Tenure> claim(String claim) {
    return Optional.ofNullable(byClaim.get(claim));
  }

  /** The claims of a task, in order. */
  List<Tenure> claims(String task) {
    return byTask.getOrDefault(task, List.of());
  }

  /** The revision that made the task; empty when it never was. */
  Optional<Long> born(String task) {
    return Optional.ofNullable(born.get(task));
  }

  /** What happened to the task at this revision. */
  Optional<TaskEventType> step(String task, long revision) {
    return Optional.ofNullable(steps.getOrDefault(task, Map.of()).get(revision));
  }

  /** The revisions of a task. */
  Set<Long> steps(String task) {
    return steps.getOrDefault(task, Map.of()).keySet();
  }

  /** Every task that ever was. */
  public Set<String> tasks() {
    return born.keySet();
  }

  /** Claims so far. */
  public int claims() {
    return byClaim.size();
  }
}
