package io.infrafabric.coordinator.blocker;

import io.infrafabric.coordinator.dispatch.Ranking;
import io.infrafabric.coordinator.duty.Deference;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.Requirement;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskIndex;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.task.Tasks;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.coordinator.v1.BlockerState;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.kit.lifecycle.Lifecycle;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.ReplicaListener;
import io.infrafabric.names.BlockerId;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to open blockers: asks for helpers, follows the help, lets the holder go on, and afterwards clears up. Every replica looks, the elected
 * one at once and the others only at what is left over; each step is a compare-and-set, so that two at once do no harm.
 */
public final class BlockerDuty implements ReplicaListener, TaskIndex.Listener {
  private static final Logger log = LoggerFactory.getLogger(BlockerDuty.class);

  private static final Duration CLEAR_UP_EVERY = Duration.ofSeconds(30);

  /** After which a copy that is behind is acted on all the same, because a watch may have lost an event: every step compares what it rests on. */
  static final Duration CATCH_UP = Duration.ofSeconds(1);

  private final Replica replica;
  private final Records records;
  private final Blockers blockers;
  private final Tasks tasks;
  private final Ranking ranking;
  private final HelpSettings settings;
  private final BooleanSupplier elected;
  private final Deference deference;
  private final Map<BlockerId, Instant> open = new ConcurrentHashMap<>();
  /** Resolved blockers with help that may not have ended. */
  private final Set<BlockerId> leftOver = ConcurrentHashMap.newKeySet();

  private final Map<BlockerId, Instant> askAfter = new ConcurrentHashMap<>();
  /** Open blockers that are newer than the copy of the tasks, since they were first seen so. */
  private final Map<BlockerId, Instant> ahead = new ConcurrentHashMap<>();

  private final Set<BlockerId> underWay = ConcurrentHashMap.newKeySet();
  private volatile Runnable wakeUp = () -> {};
  private Instant clearUpAt = Instant.MIN;

  public BlockerDuty(Replica replica, Records records, Blockers blockers, Tasks tasks, Ranking ranking, HelpSettings settings, BooleanSupplier elected) {
    this.replica = replica;
    this.records = records;
    this.blockers = blockers;
    this.tasks = tasks;
    this.ranking = ranking;
    this.settings = settings;
    this.elected = elected;
    this.deference = new Deference(elected);
  }

  /** Looks now and again, and when something has changed; to be called before the index is fed. */
  public void start(Lifecycle lifecycle, TaskIndex index, InstantSource clock) {
    Periodic loop =
        lifecycle.add("blockers", Periodic.start("blockers", Duration.ofMillis(250), Duration.ofMillis(5), () -> runOnce(clock.instant())));
    onWork(loop::wakeUp);
    index.addListener(this);
    replica.onChange(records.keys().blockers(), this);
  }

  /** What to call when there may be something to do. */
  public void onWork(Runnable wake) {
    wakeUp = wake;
  }

  @Override
  public void onChange(String key, Optional<Entry> before, Optional<Entry> after) {
    BlockerId id = new BlockerId(Keys.idOf(key));
    Optional<Blocker> blocker = after.map(entry -> Records.parse(entry, BlockerRecord.parser()).getBlocker());
    if (blocker.isPresent() && !blocker.get().hasResolvedAt()) {
      open.putIfAbsent(id, Instant.MIN);
    } else {
      open.remove(id);
      askAfter.remove(id);
      ahead.remove(id);
      if (blocker.isPresent() && blocker.get().getHelpTaskIdsCount() > 0) {
        leftOver.add(id);
      }
    }
    wakeUp.run();
  }

  /** The watch may tell of a blocker before it tells of the task that was parked with it. */
  @Override
  public void onParked(TaskId task) {
    if (!open.isEmpty()) {
      wakeUp.run();
    }
  }

  @Override
  public void onEnded(Task task) {
    if (!open.isEmpty()) {
      wakeUp.run();
    }
  }

  /** Looks at every open blocker; answers for how many it began to do something. */
  public int runOnce(Instant now) {
    int begun = 0;
    Map<TaskId, Optional<Task>> seen = new HashMap<>(); // many blockers may be of one task
    List<Map.Entry<BlockerId, Instant>> oldestFirst =
        open.entrySet().stream().sorted(Comparator.comparing(Map.Entry<BlockerId, Instant>::getValue).thenComparing(entry -> entry.getKey().value())).toList();
    for (Map.Entry<BlockerId, Instant> entry : oldestFirst) {
      Instant since = entry.getValue();
      if (since.equals(Instant.MIN)) {
        since = now;
        open.replace(entry.getKey(), Instant.MIN, now);
      }
      if (deference.mayAct(since, now)) {
        begun += see(entry.getKey(), id -> seen.computeIfAbsent(id, this::task), now) ? 1 : 0;
      }
    }
    if (elected.getAsBoolean()) {
      begun += cancelLeftOver();
      if (!clearUpAt.isAfter(now)) {
        clearUpAt = now.plus(CLEAR_UP_EVERY);
        forget();
      }
    }
    return begun;
  }

  private boolean see(BlockerId id, Function<TaskId, Optional<Task>> tasks, Instant now) {
    Optional<Entry> found = replica.get(records.keys().blocker(id));
    if (found.isEmpty() || underWay.contains(id) || isToWait(id, found.get(), tasks, now)) {
      return false;
    }
    Blocker blocker = Records.parse(found.get(), BlockerRecord.parser()).getBlocker();
    Optional<Task> task = tasks.apply(new TaskId(blocker.getTaskId()));
    return switch (NextRules.next(blocker, task, tasks, records.policy(replica).limits())) {
      case NextRules.Next.Rest() -> false;
      case NextRules.Next.Ask(int most) -> ask(id, blocker, task.orElseThrow(), most, now);
      case NextRules.Next.Escalate(String why, Optional<TaskId> because) ->
          begin(id, blockers.help(blocker, HelpDecision.Answer.none(blocker.getUnmetNeedsList(), why, because)));
      case NextRules.Next.Finish(String resolution) -> begin(id, blockers.finish(blocker, resolution));
      case NextRules.Next.Abandon(String why) -> begin(id, blockers.finish(blocker, why));
    };
  }

  /** Whether the copy of the tasks has yet to catch up with this version of the blocker. */
  private boolean isToWait(BlockerId id, Entry found, Function<TaskId, Optional<Task>> tasks, Instant now) {
    BlockerRecord record = Records.parse(found, BlockerRecord.parser());
    long told = replica.watchedRevision(records.keys().tasks()); // before the tasks are looked at: they are as new as this, or newer
    long parked = replica.get(records.keys().task(new TaskId(record.getBlocker().getTaskId()))).map(Entry::modRevision).orElse(0L);
    if (!NextRules.isBehind(record, found.modRevision(), parked, tasks, told)) {
      ahead.remove(id);
      return false;
    }
    return ahead.computeIfAbsent(id, first -> now).plus(CATCH_UP).isAfter(now);
  }

  private Optional<Task> task(TaskId id) {
    return records.task(replica, id).map(StoredTask::task);
  }

  private boolean begin(BlockerId id, CompletableFuture<?> step) {
    underWay.add(id);
    step.whenComplete((done, failure) -> underWay.remove(id));
    return true;
  }

  private boolean ask(BlockerId id, Blocker blocker, Task task, int most, Instant now) {
    Instant after = askAfter.getOrDefault(id, Instant.MIN);
    if (after.isAfter(now) || underWay.size() >= settings.searches()) {
      return false;
    }
    boolean again = blocker.getState() == BlockerState.BLOCKER_STATE_ESCALATED;
    askAfter.put(id, now.plus(again ? settings.searchAgain() : settings.askAgain()));
    List<String> needs = blocker.getNeedsList().subList(0, Math.min(most, blocker.getNeedsCount()));
    Map<String, CompletableFuture<List<SwarmId>>> asked = new LinkedHashMap<>();
    for (String need : needs) {
      asked.put(
          need,
          ranked(
              new Requirement(List.of(need), 0, task.getSpec().getMinReputationMillis(), HelpRules.excluded(task))
                  .helping(task.getParked().getClaim().getSwarmId())));
    }
    CompletableFuture<Boolean> step =
        CompletableFuture.allOf(asked.values().toArray(CompletableFuture[]::new))
            .thenCompose(
                all -> {
                  Map<String, List<SwarmId>> ranked = new LinkedHashMap<>();
                  asked.forEach((need, swarms) -> ranked.put(need, awakeFirst(swarms.join())));
                  return blockers.help(blocker, answer(blocker, HelpRules.choose(ranked)));
                });
    step.whenComplete(
        (done, failure) -> {
          if (failure != null) {
            log.atDebug().addKeyValue("blocker", id).addKeyValue("cause", failure.toString()).log("no help yet, asking again");
          }
        });
    return begin(id, step);
  }

  private CompletableFuture<List<SwarmId>> ranked(Requirement requirement) {
    try {
      return ranking.rank(requirement);
    } catch (RuntimeException failure) {
      return CompletableFuture.failedFuture(failure);
    }
  }

  /** Who has a session goes before who would have to be woken up first. */
  private List<SwarmId> awakeFirst(List<SwarmId> ranked) {
    Map<Boolean, List<SwarmId>> byLife =
        ranked.stream().collect(Collectors.partitioningBy(swarm -> records.sessionRevision(replica, swarm) > 0));
    return Stream.concat(byLife.get(true).stream(), byLife.get(false).stream()).toList();
  }

  private static HelpDecision.Answer answer(Blocker blocker, List<HelpRules.Helper> helpers) {
    List<String> unmet =
        blocker.getNeedsList().stream().filter(need -> helpers.stream().noneMatch(helper -> helper.need().equals(need))).toList();
    String why = unmet.isEmpty() ? "" : "nobody was found for " + String.join(", ", unmet);
    return new HelpDecision.Answer(helpers, unmet, why, Optional.empty());
  }

  /** Help that has not ended when its blocker has is not needed any more. */
  private int cancelLeftOver() {
    int begun = 0;
    for (BlockerId id : leftOver) {
      boolean ended = true;
      for (String help : records.blocker(replica, id).map(record -> record.getBlocker().getHelpTaskIdsList().stream().toList()).orElse(List.of())) {
        if (task(new TaskId(help)).filter(task -> !TaskStates.isTerminal(task)).isPresent()) {
          ended = false;
          begun++;
          tasks.cancel(
              CancelTaskRequest.newBuilder().setRequestId("resolved:" + id).setTaskId(help).setReason("blocker " + id + " is resolved").build());
        }
      }
      if (ended) {
        leftOver.remove(id);
      }
    }
    return begun;
  }

  /** Deletes the resolved blockers of tasks that are not there any more. */
  private void forget() {
    for (Entry entry : replica.scan(records.keys().blockers()).values()) {
      Blocker blocker = Records.parse(entry, BlockerRecord.parser()).getBlocker();
      if (blocker.hasResolvedAt() && task(new TaskId(blocker.getTaskId())).isEmpty()) {
        replica.decide(new ForgetDecision(records, new BlockerId(blocker.getBlockerId()), new TaskId(blocker.getTaskId())));
      }
    }
  }
}
