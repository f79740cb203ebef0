package io.infrafabric.coordinator.archive;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.relay.Published;
import io.infrafabric.coordinator.task.ObjectUses;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskIndex;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.Store;
import io.infrafabric.names.PlanId;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes ended tasks out of etcd once nobody needs them there: first the record is safe in the archive, then one transaction
 * deletes it and leaves a line. The elected coordinator does it; two at once do no harm, because the transaction compares the
 * record that was archived.
 */
public final class Archiver implements TaskIndex.Listener {
  private static final Logger log = LoggerFactory.getLogger(Archiver.class);
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration NEEDED_FOR = Duration.ofSeconds(5);
  /** Of plans that are not over all the tasks are looked at again and again. */
  private static final Duration PLANNED_FOR = Duration.ofMinutes(1);

  private final Replica replica;
  private final Records records;
  private final TaskIndex index;
  private final Archive archive;
  private final Published published;
  private final ArchiveSettings settings;
  private final BooleanSupplier hurried;
  private final BooleanSupplier elected;
  private final InstantSource clock;
  private final Leases leases;
  private final ConcurrentSkipListSet<Ended> ended = new ConcurrentSkipListSet<>();
  private final AtomicLong archived = new AtomicLong();

  /** Why an ended task is looked at later. */
  private enum Wait {
    /** Its retention, which is cut when room is short. */
    RETENTION,
    /** The retention of a quarantined task, which is not cut. */
    QUARANTINE,
    /** It was needed when it was looked at last. */
    NEEDED
  }

  /**
   * An ended task that is looked at when its time has come.
   *
   * @param plan that counts it, if any
   */
  private record Ended(Instant due, TaskId task, Wait why, Optional<PlanId> plan) implements Comparable<Ended> {
    private static final Comparator<Ended> ORDER = Comparator.comparing(Ended::due).thenComparing(Ended::task);

    @Override
    public int compareTo(Ended other) {
      return ORDER.compare(this, other);
    }
  }

  /**
   * @param hurried whether etcd is short of room
   */
  public Archiver(
      Store store,
      Replica replica,
      Records records,
      TaskIndex index,
      Archive archive,
      ArchiveSettings settings,
      BooleanSupplier hurried,
      BooleanSupplier elected,
      InstantSource clock) {
    this.replica = replica;
    this.records = records;
    this.index = index;
    this.archive = archive;
    this.published = new Published(replica, records.keys());
    this.settings = settings;
    this.hurried = hurried;
    this.elected = elected;
    this.clock = clock;
    this.leases = new Leases(store, settings.keep());
    index.addListener(this);
  }

  @Override
  public void onEnded(Task task) {
    Wait why = task.hasQuarantined() ? Wait.QUARANTINE : Wait.RETENTION;
    Optional<PlanId> plan = ArchiveRules.isCounted(task) ? Optional.of(new PlanId(task.getSpec().getPlanId())) : Optional.empty();
    ended.add(new Ended(ArchiveRules.due(task, settings), new TaskId(task.getSpec().getTaskId()), why, plan));
  }

  /** Tasks archived by this process. */
  public long archived() {
    return archived.get();
  }

  /** Ended tasks that are still in etcd, as far as this process knows. */
  public int waiting() {
    return ended.size();
  }

  /** Archives what may go; answers how many went. */
  public int runOnce(Instant now) {
    if (!elected.getAsBoolean()) {
      forget(now);
      return 0;
    }
    int all = 0;
    int some;
    do {
      some = round(now, hurried.getAsBoolean());
      all += some;
    } while (some == settings.round());
    return all;
  }

  private int round(Instant now, boolean hurry) {
    List<Ended> due = due(now, hurry);
    if (due.isEmpty()) {
      return 0;
    }
    long until = wait(published.revision()).orElse(0);
    List<CompletableFuture<Boolean>> going = new ArrayList<>();
    Map<PlanId, Optional<PlanRecord>> plans = new HashMap<>();
    for (Ended one : due) {
      Optional<Entry> entry = replica.get(records.keys().task(one.task()));
      if (entry.isEmpty()) {
        ended.remove(one);
        continue;
      }
      Task task = StoredTask.of(entry.get()).task();
      Optional<PlanRecord> plan = one.plan().flatMap(id -> plans.computeIfAbsent(id, known -> records.plan(replica, known)));
      switch (ArchiveRules.hold(task, now, settings, hurry, until, index.isAwaited(one.task()) || decides(task), plan)) {
        case ALIVE -> ended.remove(one); // it was requeued; its next end is told again
        case NONE -> going.add(archive(one, entry.get(), ArchiveRules.isGivenUp(task, plan) ? one.plan() : Optional.empty(), now));
        case AWAITED -> later(one, now.plus(NEEDED_FOR), Wait.NEEDED);
        case PLANNED -> later(one, now.plus(PLANNED_FOR), Wait.NEEDED);
        case PLAN_RETAINED -> later(one, ArchiveRules.due(plan.orElseThrow(), settings).orElseThrow(), Wait.RETENTION);
        case RETAINED, UNPUBLISHED -> {} // looked at again in the next round
      }
    }
    return wait(count(going));
  }

  /** Whether it is a completed twin whose result the task that it is the twin of has yet to take over. */
  private boolean decides(Task task) {
    return task.hasCompleted()
        && !task.getTwinOf().isEmpty()
        && records.task(replica, new TaskId(task.getTwinOf())).filter(other -> !TaskStates.isTerminal(other.task())).isPresent();
  }

  /** What others have archived. */
  private void forget(Instant now) {
    due(now, false).stream().filter(one -> replica.get(records.keys().task(one.task())).isEmpty()).forEach(ended::remove);
  }

  private List<Ended> due(Instant now, boolean hurry) {
    return ended.stream()
        .takeWhile(one -> hurry || !one.due().isAfter(now))
        .filter(one -> !one.due().isAfter(now) || one.why() == Wait.RETENTION)
        .limit(settings.round())
        .toList();
  }

  /** What is needed does not stand before what is not. */
  private void later(Ended one, Instant due, Wait why) {
    ended.remove(one);
    ended.add(new Ended(due, one.task(), why, one.plan()));
  }

  private CompletableFuture<Boolean> archive(Ended one, Entry entry, Optional<PlanId> givenUpOf, Instant now) {
    Set<String> objects = ObjectUses.of(StoredTask.of(entry).task());
    return archive
        .keep(one.task(), entry.modRevision(), entry.value())
        .thenCompose(safe -> leases.next(now))
        .thenCompose(lease -> replica.decide(new ArchiveDecision(records, one.task(), givenUpOf, entry.modRevision(), lease, objects, clock)))
        .handle(
            (gone, failure) -> {
              if (failure != null) {
                log.atDebug().setCause(failure).addKeyValue("task", one.task()).log("not archived yet");
                if (Errors.refusalOf(failure).map(Refusal::code).filter(ErrorCode.ERROR_CODE_CONTENDED::equals).isPresent()) {
                  leases.drop(); // it may have ended
                }
                return false;
              }
              if (gone) {
                ended.remove(one);
                archived.incrementAndGet();
              } else {
                later(one, now.plus(NEEDED_FOR), Wait.NEEDED);
              }
              return gone;
            });
  }

  private static CompletableFuture<Integer> count(List<CompletableFuture<Boolean>> going) {
    return CompletableFuture.allOf(going.toArray(CompletableFuture[]::new))
        .thenApply(done -> (int) going.stream().filter(CompletableFuture::join).count());
  }

  private static <T> T wait(CompletableFuture<T> asked) {
    return asked.orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS).join();
  }
}
