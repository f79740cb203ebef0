package io.infrafabric.testkit.history;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountOperation;
import io.infrafabric.governor.v1.LedgerLine;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.names.Keys;
import io.infrafabric.testkit.history.Violation.Invariant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Follows a whole history, one revision after the other, and says what in it must not be: I1 and I3 to I8, I12, and that each
 * claim was admitted by what was so at its revision. What it learns of requests is kept for {@link CallRules}. Not for use by
 * two threads at once.
 */
public final class HistoryJudge {
  private final Keys keys;
  private final Map<String, TaskLife> lives = new HashMap<>();
  private final Map<String, TaskLife.Hold> holds = new HashMap<>();
  private final Map<String, SwarmBooks> swarms = new HashMap<>();
  private final TreeBooks tree = new TreeBooks();
  private final Deeds deeds = new Deeds();
  private final WitnessJudge witness;
  private final List<Violation> violations = new ArrayList<>();
  private volatile long revision;
  private volatile int runnable;
  private int twins;
  private int decidedByTwins;

  /** Judges what is under these keys. */
  public HistoryJudge(Keys keys) {
    this.keys = keys;
    this.witness = new WitnessJudge(keys);
  }

  /** All changes of the next revision, in any order. */
  public void next(List<Version> changes) {
    Set<String> touched = new HashSet<>();
    List<TaskLife> claimed = new ArrayList<>();
    witness.next(changes);
    // What was charged is judged by the claims that were held just before.
    for (Version change : changes) {
      revision = change.revision();
      if (change.key().startsWith(keys.ledger())) {
        swarm(change, touched);
      }
    }
    for (Version change : changes) {
      if (change.key().startsWith(keys.tasks())) {
        task(change, touched, claimed);
      } else if (!change.key().startsWith(keys.ledger())) {
        swarm(change, touched);
      }
    }
    claimed.forEach(this::dependencies);
    tree.judge((invariant, account, what) -> found(invariant, account, what));
    for (String swarm : touched) {
      of(swarm).judge((invariant, what) -> found(invariant, swarm, what));
    }
  }

  private void task(Version version, Set<String> touched, List<TaskLife> claimed) {
    String id = Keys.idOf(version.key());
    TaskLife life = lives.computeIfAbsent(id, task -> new TaskLife(version.key()));
    Optional<TaskLife.Hold> before = life.hold();
    Optional<Task> was = life.now();
    life.next(version, violations::add);
    before.ifPresent(hold -> holds.remove(hold.claim()));
    life.hold().ifPresent(hold -> holds.put(hold.claim(), hold));
    runnable += (isRunnable(life.now()) ? 1 : 0) - (isRunnable(was) ? 1 : 0);
    if (life.now().isEmpty()) {
      before.ifPresent(hold -> ended(hold, was.orElseThrow(), 0, touched));
      return;
    }
    deeds.changed(id, version.revision(), life.last(), violations::add);
    twins += life.last().getEvent() == TaskEventType.TASK_EVENT_TYPE_TWINNED ? 1 : 0;
    was.ifPresent(earlier -> completion(earlier, before, life.now().orElseThrow()));
    Optional<TaskLife.Hold> now = life.hold();
    boolean parked = life.now().get().hasParked();
    if (now.isPresent() && parked != was.filter(Task::hasParked).isPresent()) {
      deeds.parked(parked);
      of(now.get().swarm()).parked(now.get().claim(), parked);
      touched.add(now.get().swarm());
    }
    if (before.map(TaskLife.Hold::claim).equals(now.map(TaskLife.Hold::claim))) {
      return;
    }
    before.ifPresent(
        hold -> {
          ended(hold, was.orElseThrow(), life.last().getCostMicros(), touched);
          if (life.last().getEvent() == TaskEventType.TASK_EVENT_TYPE_LOST) {
            lost(was.orElseThrow(), hold);
          }
        });
    now.ifPresent(
        hold -> {
          deeds.claimed(id, hold, version.revision());
          touched.add(hold.swarm());
          Task task = life.now().get();
          long own = task.getSpec().getPaidBySwarmId().isEmpty() ? task.getSpec().getMaxCostMicros() : 0;
          of(hold.swarm()).claimed(hold.claim(), own, task.getClaimed().getSessionRevision(), task.getSpec().getRequiredCapabilitiesList());
          claimed.add(life);
        });
  }

  /** A task is completed by the claim that was live, or by the one that has completed its twin. */
  private void completion(Task was, Optional<TaskLife.Hold> hold, Task now) {
    String by = now.getCompleted().getClaim().getClaimId();
    if (was.hasCompleted() || by.isEmpty() || hold.filter(live -> live.claim().equals(by)).isPresent()) {
      return;
    }
    Optional<Task> twin = Optional.ofNullable(lives.get(now.getTwinId())).flatMap(TaskLife::now);
    if (twin.filter(found -> found.getTwinOf().equals(now.getSpec().getTaskId()) && found.getCompleted().getClaim().getClaimId().equals(by)).isEmpty()) {
      found(Invariant.I4_NO_STALE_EFFECT, now.getSpec().getTaskId(), "completed by claim " + by + ", which was neither live nor the one that completed its twin");
    } else {
      decidedByTwins++;
    }
  }

  /** A claim costs its holder, or whoever pays for its task. */
  private void ended(TaskLife.Hold hold, Task held, long cost, Set<String> touched) {
    deeds.ended(hold.claim(), revision);
    String payer = held.getSpec().getPaidBySwarmId();
    of(hold.swarm()).ended(hold.claim(), payer.isEmpty() ? cost : 0);
    touched.add(hold.swarm());
    if (!payer.isEmpty()) {
      of(payer).helpEnded(hold.claim(), cost);
      touched.add(payer);
    }
  }

  /** A claim is taken back only when the session that it was made under is gone, or its own clock ran out. */
  private void lost(Task held, TaskLife.Hold hold) {
    long under = held.hasParked() ? held.getParked().getClaim().getSessionRevision() : held.getClaimed().getSessionRevision();
    if (under == of(hold.swarm()).sessionBefore() && !held.getSpec().hasProgressTimeout()) {
      found(Invariant.ADMISSION, held.getSpec().getTaskId(), "claim " + hold.claim() + " was taken from " + hold.swarm() + " whose session lives");
    }
  }

  private void dependencies(TaskLife life) {
    Task task = life.now().orElseThrow();
    for (String dependency : task.getSpec().getDependsOnList()) {
      if (!Optional.ofNullable(lives.get(dependency)).map(TaskLife::wasCompleted).orElse(false)) {
        found(Invariant.I12_DEPENDENCIES, task.getSpec().getTaskId(), "claimed before " + dependency + " was completed");
      }
    }
  }

  private void swarm(Version version, Set<String> touched) {
    String key = version.key();
    String id = Keys.idOf(key);
    if (key.startsWith(keys.sessions())) {
      of(id).session(version.value().isPresent() ? version.revision() : 0);
    } else if (key.startsWith(keys.standings())) {
      record(version, Standing.parser()).ifPresent(of(id)::standing);
    } else if (key.startsWith(keys.accounts())) {
      Optional<Account> account = version.value().flatMap(value -> record(version, Account.parser()));
      tree.account(id, account);
      if (tree.isOwn(id)) {
        return;
      }
      account.ifPresent(of(id)::account);
    } else if (key.startsWith(keys.ledger())) {
      version.value().flatMap(value -> record(version, LedgerLine.parser())).ifPresent(line -> ledger(key, line, touched));
      return;
    } else if (key.startsWith(keys.commitments())) {
      record(version, CommitmentsRecord.parser()).ifPresent(book -> of(id).book(book));
    } else if (key.startsWith(keys.blockers()) && version.value().isPresent()) {
      record(version, BlockerRecord.parser()).ifPresent(blocker -> deeds.blocker(id, blocker, version.revision()));
      return;
    } else {
      return;
    }
    touched.add(id);
  }

  /** A call on an account: booked once, and for a claim only while that is held (I4). */
  private void ledger(String key, LedgerLine line, Set<String> touched) {
    if (!tree.line(key, line)) {
      return;
    }
    boolean spends = TreeBooks.spending(line) != 0;
    Optional<SwarmBooks> swarm = Optional.ofNullable(swarms.get(line.getAccountId()));
    if (spends && swarm.isPresent()) {
      swarm.get().charged(line);
      touched.add(line.getAccountId());
    }
    String holder = line.getSwarmId().isEmpty() ? line.getAccountId() : line.getSwarmId();
    boolean ofClaim = line.getOperation() == AccountOperation.ACCOUNT_OPERATION_CHARGED && !line.getClaimId().isEmpty();
    if (ofClaim && !new TaskLife.Hold(holder, line.getClaimId(), line.getFence()).equals(holds.get(line.getClaimId()))) {
      found(Invariant.I4_NO_STALE_EFFECT, line.getAccountId(), "charged for claim " + line.getClaimId() + ", which " + holder + " did not hold under fence " + line.getFence());
    }
  }

  private <T extends Message> Optional<T> record(Version version, Parser<T> parser) {
    try {
      ByteString value = version.value().orElse(ByteString.EMPTY);
      return Optional.of(parser.parseFrom(value));
    } catch (InvalidProtocolBufferException corrupt) {
      found(Invariant.WELL_FORMED, version.key(), "not a record");
      return Optional.empty();
    }
  }

  private SwarmBooks of(String swarm) {
    return swarms.computeIfAbsent(swarm, id -> new SwarmBooks());
  }

  private void found(Invariant invariant, String key, String what) {
    violations.add(new Violation(invariant, key, revision, what));
  }

  /** What must not be, in the order of its revisions. */
  public List<Violation> violations() {
    return List.copyOf(violations);
  }

  /** What was done. */
  public Deeds deeds() {
    return deeds;
  }

  /** What the witness log must tell. */
  public WitnessJudge witness() {
    return witness;
  }

  /** The last revision that was judged. */
  public long revision() {
    return revision;
  }

  /** How many stragglers got a twin. */
  public int twins() {
    return twins;
  }

  /** How many of them were completed by it. */
  public int decidedByTwins() {
    return decidedByTwins;
  }

  /** The tasks that are there now, each with its revision. */
  public Map<String, Long> tasks() {
    return lives.entrySet().stream()
        .filter(life -> life.getValue().now().isPresent())
        .collect(Collectors.toMap(Map.Entry::getKey, life -> life.getValue().revision()));
  }

  /** How many tasks are ready or held now. May be asked by any thread. */
  public int runnable() {
    return runnable;
  }

  private static boolean isRunnable(Optional<Task> task) {
    return task.isPresent()
        && switch (task.get().getStateCase()) {
          case READY, CLAIMED, PARKED -> true;
          case WAITING, COMPLETED, FAILED, CANCELLED, QUARANTINED, STATE_NOT_SET -> false;
        };
  }

  /** The tasks that are ready, held, or wait though all that they depend on is completed: none of them once all work is done. */
  public List<String> unfinished() {
    return lives.entrySet().stream()
        .filter(life -> isRunnable(life.getValue().now()) || life.getValue().now().filter(this::waitsForNothing).isPresent())
        .map(life -> life.getKey() + " " + life.getValue().now().orElseThrow().getStateCase())
        .sorted()
        .toList();
  }

  private boolean waitsForNothing(Task task) {
    return task.hasWaiting()
        && task.getSpec().getDependsOnList().stream()
            .allMatch(dependency -> Optional.ofNullable(lives.get(dependency)).map(TaskLife::wasCompleted).orElse(false));
  }

  /** How often a session of the swarm was deleted, by anybody. */
  public int sessionEnds(String swarm) {
    return swarms.containsKey(swarm) ? swarms.get(swarm).sessionEnds() : 0;
  }

  /** Whether nothing is promised or owed any more: what is left, by swarm. */
  public List<String> unbooked() {
    return swarms.entrySet().stream()
        .flatMap(swarm -> swarm.getValue().unbooked().map(left -> swarm.getKey() + ": " + left).stream())
        .sorted()
        .toList();
  }

  /**
   * What must hold once everything is quiet, too: I2, for the tasks whose submission was acknowledged.
   *
   * @param acknowledged task ids
   */
  public List<Violation> losses(Set<String> acknowledged) {
    List<Violation> losses = new ArrayList<>();
    for (String task : acknowledged) {
      TaskLife life = lives.get(task);
      if (life == null) {
        losses.add(new Violation(Invariant.I2_NO_LOSS, task, 0, "it was acknowledged and is nowhere"));
      } else {
        life.loss().ifPresent(losses::add);
      }
    }
    return losses;
  }

  /**
   * I2 for the mappings that were acknowledged as whole: each has all of its children.
   *
   * @param children how many, by plan
   */
  public List<Violation> missing(Map<String, Integer> children) {
    Map<String, Integer> found = new HashMap<>();
    lives.values().forEach(life -> life.now().filter(task -> task.getTwinOf().isEmpty()).ifPresent(task -> found.merge(task.getSpec().getPlanId(), 1, Integer::sum)));
    return children.entrySet().stream()
        .filter(mapping -> !mapping.getValue().equals(found.getOrDefault(mapping.getKey(), 0)))
        .map(mapping -> new Violation(Invariant.I2_NO_LOSS, mapping.getKey(), 0, "has " + found.getOrDefault(mapping.getKey(), 0) + " children of " + mapping.getValue()))
        .toList();
  }
}
