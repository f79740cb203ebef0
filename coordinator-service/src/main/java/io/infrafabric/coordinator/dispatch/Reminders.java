package io.infrafabric.coordinator.dispatch;

import io.infrafabric.coordinator.claim.Admission;
import io.infrafabric.coordinator.claim.ClaimRules;
import io.infrafabric.coordinator.claim.ReadyAdmission;
import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.plan.FairShare;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.session.Reminder;
import io.infrafabric.coordinator.task.PushRules;
import io.infrafabric.coordinator.task.ReadyTask;
import io.infrafabric.coordinator.task.Requirement;
import io.infrafabric.coordinator.task.TaskIndex;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Offers that do not need a message: a task that has been ready for half as long as an offer lasts, so that its doorbells have
 * rung by then and were lost or not heard, is named in the answers to the heartbeats of idle swarms that may have it. A few swarms a task and
 * second, so that heartbeats are no herd either. Works on every coordinator, elected or not (I11).
 */
public final class Reminders implements Reminder {
  /** Tasks named in one answer. */
  static final int MOST = 3;

  private static final Duration FRESH = Duration.ofMillis(250);
  private static final int REQUIREMENTS = 10_000;
  private static final int TASKS_OF_ONE = 64;
  private static final int LOOKS = 1_000;
  private static final int REMEMBERED = 100_000;

  private final Replica replica;
  private final Records records;
  private final TaskIndex index;
  private final FairShare shares;
  private final DispatchSettings settings;
  private final InstantSource clock;
  private final AtomicInteger turn = new AtomicInteger();
  private final Map<TaskId, Window> windows =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<TaskId, Window> eldest) {
          return size() > REMEMBERED;
        }
      };
  private volatile Overdue overdue = new Overdue(List.of(), Instant.MIN);

  /**
   * Tasks whose time is over, those with the same requirement together.
   *
   * @param until when it is to be looked for anew
   */
  private record Overdue(List<List<ReadyTask>> byRequirement, Instant until) {}

  /** How often a task may still be named before a moment. */
  private static final class Window {
    final Instant until;
    int left;

    Window(Instant until, int left) {
      this.until = until;
      this.left = left;
    }
  }

  public Reminders(Replica replica, Records records, TaskIndex index, FairShare shares, DispatchSettings settings, InstantSource clock) {
    this.replica = replica;
    this.records = records;
    this.index = index;
    this.shares = shares;
    this.settings = settings;
    this.clock = clock;
  }

  @Override
  public List<Offer> of(SwarmId swarm) {
    Instant now = clock.instant();
    List<List<ReadyTask>> waiting = overdue(now);
    if (waiting.isEmpty()) {
      return List.of();
    }
    Admission admission = records.admission(replica, swarm);
    if (!admission.isOffered()) {
      return List.of();
    }
    int room = Math.min(MOST, ClaimRules.capacity(admission.standing().get()) - CommitmentRules.atWork(admission.commitments()));
    if (room <= 0) {
      return List.of();
    }
    List<List<ReadyTask>> work = fitting(waiting, admission, false);
    List<List<ReadyTask>> fitting = work.isEmpty() ? fitting(waiting, admission, true) : work;
    // First what nobody was told of: heartbeats that come together should not all go for the same few.
    List<ReadyTask> named = take(fitting, swarm, admission, settings.fanOut(), room, now);
    if (named.isEmpty()) {
      named = take(fitting, swarm, admission, 1, room, now);
    }
    return named.stream().map(task -> OfferWire.of(task, swarm, now.plus(settings.offerTimeout()), records.trace(replica, task.id()))).toList();
  }

  /**
   * @param filler which of the two: fillers are for those for whom there is nothing else
   */
  private List<List<ReadyTask>> fitting(List<List<ReadyTask>> waiting, Admission admission, boolean filler) {
    int from = waiting.size() <= LOOKS ? 0 : Math.floorMod(turn.getAndIncrement() * LOOKS, waiting.size());
    List<List<ReadyTask>> fitting = new ArrayList<>();
    for (int i = 0; i < Math.min(LOOKS, waiting.size()); i++) {
      List<ReadyTask> alike = waiting.get((from + i) % waiting.size());
      if (alike.getFirst().requirement().filler() == filler && ClaimRules.admitKind(alike.getFirst().spec(), admission).isEmpty()) {
        fitting.add(alike);
      }
    }
    return fitting;
  }

  /**
   * Takes tasks to be named now.
   *
   * @param left how often each must still be free to be named
   */
  private synchronized List<ReadyTask> take(List<List<ReadyTask>> fitting, SwarmId swarm, Admission admission, int left, int room, Instant now) {
    List<ReadyTask> taken = new ArrayList<>();
    for (List<ReadyTask> alike : fitting) {
      for (ReadyTask task : alike) {
        if (taken.size() == room) {
          return taken;
        }
        boolean may = index.isReady(task) && !PushRules.isKeptFrom(task.push(), swarm, now) && ReadyAdmission.meetsConditions(records, replica, task, admission);
        if (may && take(task.id(), left, now)) {
          taken.add(task);
        }
      }
    }
    return taken;
  }

  private boolean take(TaskId task, int left, Instant now) {
    Window window = windows.get(task);
    if (window == null || !window.until.isAfter(now)) {
      windows.remove(task); // so that it is the youngest again
      window = new Window(now.plus(settings.offerTimeout()), settings.fanOut());
      windows.put(task, window);
    }
    boolean free = window.left >= left;
    window.left -= free ? 1 : 0;
    return free;
  }

  private List<List<ReadyTask>> overdue(Instant now) {
    Overdue known = overdue;
    if (known.until().isAfter(now)) {
      return known.byRequirement();
    }
    synchronized (this) {
      if (!overdue.until().isAfter(now)) {
        shares.tidy();
        overdue = new Overdue(look(now.minus(settings.offerTimeout().dividedBy(2)).toEpochMilli()), now.plus(FRESH));
      }
      return overdue.byRequirement();
    }
  }

  private List<List<ReadyTask>> look(long readyBeforeMillis) {
    List<List<ReadyTask>> found = new ArrayList<>();
    int looked = 0;
    for (Requirement requirement : index.requirements()) {
      List<ReadyTask> alike = new ArrayList<>();
      int seen = 0;
      for (ReadyTask task : index.readyOf(requirement)) {
        if (task.sinceMillis() <= readyBeforeMillis) {
          alike.add(task);
        }
        if (++seen == TASKS_OF_ONE) {
          break;
        }
      }
      if (!alike.isEmpty()) {
        found.add(alike);
      }
      if (++looked == REQUIREMENTS) {
        break;
      }
    }
    found.sort(Comparator.comparing(alike -> alike.getFirst().place()));
    return found;
  }
}
