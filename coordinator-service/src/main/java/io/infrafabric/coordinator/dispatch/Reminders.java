package io.infrafabric.coordinator.dispatch;

import io.infrafabric.coordinator.claim.Admission;
import io.infrafabric.coordinator.claim.ClaimRules;
import io.infrafabric.coordinator.claim.ReadyAdmission;
import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.plan.FairShare;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.session.Reminder;
import io.infrafabric.coordinator.task.PushRules;
import io.infrafabric.coordinator.task.ReadyKinds;
import io.infrafabric.coordinator.task.ReadyTask;
import io.infrafabric.coordinator.task.Requirement;
import io.infrafabric.coordinator.task.TaskIndex;
import io.infrafabric.coordinator.task.WorkOrder;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.governor.v1.PolicyLimits;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import io.infrafabric.policy.LimitRules;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Offers that do not need a message: a task that has been ready for half as long as an offer lasts, so that its doorbells have
 * rung by then and were lost or not heard, is named in the answers to the heartbeats of idle swarms that may have it. A few swarms a task and
 * second, so that heartbeats are no herd either. A swarm is looked up among the kinds of work that ask for something it can do, so that what others leave
 * undone does not hide what it may have. Works on every coordinator, elected or not (I11).
 */
public final class Reminders implements Reminder {
  /** Tasks named in one answer. */
  static final int MOST = 3;

  private static final Duration TIDY = Duration.ofMillis(250);
  private static final int TASKS_OF_ONE = 64;
  private static final int REMEMBERED = 100_000;

  private final Replica replica;
  private final Records records;
  private final TaskIndex index;
  private final FairShare shares;
  private final DispatchSettings settings;
  private final InstantSource clock;
  private final KindTour work = new KindTour();
  private final KindTour fillers = new KindTour();
  private final Map<TaskId, Window> windows =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<TaskId, Window> eldest) {
          return size() > REMEMBERED;
        }
      };
  private volatile Instant tidyAt = Instant.MIN;

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
    tidy(now);
    if (index.kinds().isEmpty()) {
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
    List<List<ReadyTask>> work = fitting(swarm, admission, false, now);
    WorkOrder order = index.blocked().orderOf(swarm);
    List<List<ReadyTask>> fitting =
        work.isEmpty()
            ? fitting(swarm, admission, true, now)
            : order.stoppedIn().isEmpty() ? work : inOrder(order, work, fitting(swarm, admission, true, now));
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
  private List<List<ReadyTask>> fitting(SwarmId swarm, Admission admission, boolean filler, Instant now) {
    Standing standing = admission.standing().orElseThrow();
    PolicyLimits limits = admission.policy().limits();
    Set<String> able = Set.copyOf(standing.getCapabilitiesList());
    long money = Math.max(0, standing.getCreditMicros() - CommitmentRules.totalMicros(CommitmentRules.withoutSettled(admission.commitments(), standing)));
    List<NavigableMap<ReadyKinds.Slot, Requirement>> lists =
        LimitRules.covers(limits, 0, 1) ? index.kinds().all(filler, money) : index.kinds().of(swarm, able, filler, money);
    long readyBefore = now.minus(settings.offerTimeout().dividedBy(2)).toEpochMilli();
    return (filler ? fillers : work)
        .walk(
            swarm,
            lists,
            kind -> kind.minReputationMillis() <= standing.getReputationMillis() && covers(limits, kind, able),
            kind -> first(kind).filter(task -> ClaimRules.admitKind(task.spec(), admission).isEmpty()).isPresent())
        .stream()
        .distinct() // one that asks for several capabilities is found by each of them
        .map(kind -> overdue(kind, readyBefore))
        .filter(alike -> !alike.isEmpty())
        .sorted(Comparator.comparing(alike -> alike.getFirst().place()))
        .toList();
  }

  /** Work with the fillers of the plans in which the swarm is stopped. */
  private static List<List<ReadyTask>> inOrder(WorkOrder order, List<List<ReadyTask>> work, List<List<ReadyTask>> fillers) {
    return Stream.concat(work.stream(), fillers.stream().filter(alike -> order.isOwnFiller(alike.getFirst())))
        .map(alike -> alike.stream().sorted(order).toList())
        .sorted(Comparator.comparing(List::getFirst, order))
        .toList();
  }

  private static boolean covers(PolicyLimits limits, Requirement kind, Set<String> able) {
    int matched = 0;
    for (String capability : kind.capabilities()) {
      matched += able.contains(capability) ? 1 : 0;
    }
    return LimitRules.covers(limits, matched, kind.capabilities().size());
  }

  private Optional<ReadyTask> first(Requirement kind) {
    Iterator<ReadyTask> alike = index.readyOf(kind).iterator();
    return alike.hasNext() ? Optional.of(alike.next()) : Optional.empty();
  }

  /** The first tasks of a kind, as far as they have been ready for long enough. */
  private List<ReadyTask> overdue(Requirement kind, long readyBeforeMillis) {
    List<ReadyTask> found = new ArrayList<>();
    int seen = 0;
    for (ReadyTask task : index.readyOf(kind)) {
      if (task.sinceMillis() <= readyBeforeMillis) {
        found.add(task);
      }
      if (++seen == TASKS_OF_ONE) {
        break;
      }
    }
    return found;
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

  private void tidy(Instant now) {
    if (!tidyAt.isAfter(now)) {
      tidyAt = now.plus(TIDY);
      shares.tidy();
    }
  }
}
