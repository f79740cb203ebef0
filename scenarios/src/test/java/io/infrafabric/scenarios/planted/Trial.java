package io.infrafabric.scenarios.planted;

import io.grpc.Channel;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.testkit.chaos.Crowd;
import io.infrafabric.testkit.chaos.CrowdSettings;
import io.infrafabric.testkit.chaos.Views;
import io.infrafabric.testkit.history.Call;
import io.infrafabric.testkit.history.CallRules;
import io.infrafabric.testkit.history.Deeds;
import io.infrafabric.testkit.history.HistoryJudge;
import io.infrafabric.testkit.history.MessageRules;
import io.infrafabric.testkit.history.Violation;
import io.infrafabric.testkit.history.Violation.Invariant;
import io.infrafabric.testkit.nats.BusFaults;
import io.infrafabric.testkit.store.Faults;
import io.infrafabric.testkit.store.FaultyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A cell, a crowd, faults that follow from a seed, and a judgement of all of it. */
final class Trial {
  private static final int AGENTS = 12;
  private static final int ROUNDS = 90;
  private static final int CLAIMS = 150;
  private static final Duration LONGEST = Duration.ofSeconds(30);
  private static final Duration ROUND = Duration.ofMillis(15);
  private static final Duration FINISH = Duration.ofSeconds(60);

  /** Twice as long as the cursor of a relay may take. */
  private static final Duration CURSOR = Duration.ofSeconds(1);

  private static final Faults SILENT = new Faults(1, 0, 0, 0, 0, Duration.ZERO);
  private static final CrowdSettings CROWD =
      new CrowdSettings("p", "p:work", AGENTS, 2, 6, Duration.ofMillis(400), 40, 3, 10_000, 60_000, Duration.ofSeconds(60), false, 150, 0, Duration.ofMillis(5));

  private final Cell cell;
  private final long seed;
  private final Random random;
  private final Duration patience;
  private int faults;

  private Trial(Bug bug, long seed, Duration patience) {
    this.cell = new Cell(bug, seed);
    this.seed = seed;
    this.patience = patience;
    this.random = new Random(seed);
  }

  /**
   * Tries a fabric with this bug.
   *
   * @param patience how long nothing may move, before all is done, without being taken for the end
   */
  static Verdict of(Bug bug, long seed, Duration patience) {
    Trial trial = new Trial(bug, seed, patience);
    try (Cell cell = trial.cell) {
      return trial.run();
    }
  }

  private Verdict run() {
    List<Violation> found = new ArrayList<>();
    try (Crowd crowd = Crowd.start(CROWD, cell.log, cell.doors(), cell.governorDoor(), cell.judge::runnable, seed)) {
      long deadline = System.nanoTime() + LONGEST.toNanos();
      for (int round = 0; !isFound() && (round < ROUNDS || cell.log.claims() < CLAIMS) && System.nanoTime() < deadline; round++) {
        disturb(round);
        LockSupport.parkNanos(ROUND.toNanos());
      }
      calm();
      if (!isFound()) {
        failOver(); // what it leaves untold no snapshot tells later: no watch breaks any more
      }
      crowd.calmDown(patience);
      await(() -> isFound() || isDone());
    }
    cell.recorder.finish(FINISH);
    HistoryJudge judge = cell.judge;
    Deeds deeds = judge.deeds();
    found.addAll(judge.violations());
    found.addAll(CallRules.judge(deeds, cell.log.calls()));
    found.addAll(MessageRules.judgeTruth(deeds, cell.witness.sent(), judge.revision()));
    sessions(found);
    if (found.isEmpty()) {
      inTheEnd(found, judge);
    }
    List<String> surprises = new ArrayList<>(cell.log.surprises());
    cell.recorder.missed().ifPresent(why -> surprises.add("the history is not whole: " + why));
    return new Verdict(seed, found, surprises, cell.log.claims(), cell.log.unknowns(), faults);
  }

  /** What takes its time: everything is done and booked, every copy is right, everything was told. */
  private void inTheEnd(List<Violation> found, HistoryJudge judge) {
    found.addAll(judge.losses(cell.log.submitted()));
    found.addAll(judge.missing(cell.log.mapped()));
    judge.unfinished().forEach(task -> found.add(new Violation(Invariant.I2_NO_LOSS, task, 0, "nobody does it")));
    judge.unbooked().forEach(swarm -> found.add(new Violation(Invariant.I7_MONEY_IS_CONSERVED, swarm, 0, "is never booked")));
    if (!found.isEmpty()) {
      return; // what is not done cannot be known to all
    }
    await(() -> views(judge).isEmpty());
    found.addAll(views(judge));
    await(() -> MessageRules.judgeCompleteness(judge.deeds(), cell.witness.stored()).isEmpty());
    found.addAll(MessageRules.judgeCompleteness(judge.deeds(), cell.witness.stored()));
  }

  private List<Violation> views(HistoryJudge judge) {
    List<Violation> wrong = new ArrayList<>();
    for (Channel door : cell.doors()) {
      wrong.addAll(Views.judge("a coordinator", door, judge.tasks()));
    }
    return wrong;
  }

  /** I14: nobody's session ends but by its own close, its lease, or a crash. */
  private void sessions(List<Violation> found) {
    for (int i = 0; i < AGENTS; i++) {
      String swarm = "p-s" + i;
      long asked = cell.log.calls().stream().filter(call -> call.kind() == Call.Kind.CLOSE && call.swarm().equals(swarm)).count();
      int ended = cell.judge.sessionEnds(swarm);
      long most = asked + cell.crashed.getOrDefault(swarm, 0);
      if (ended > most) {
        found.add(new Violation(Invariant.I14_ISOLATION, swarm, 0, "its session ended " + ended + " times and at most " + most + " were asked for"));
      }
    }
  }

  private boolean isFound() {
    return cell.recorder.ask(judge -> !judge.violations().isEmpty());
  }

  private boolean isDone() {
    return cell.recorder.ask(judge -> judge.unfinished().isEmpty() && judge.unbooked().isEmpty());
  }

  /** Waits as long as the store is written to, and then for as long as the patience lasts. */
  private void await(BooleanSupplier done) {
    long revision = 0;
    long moved = System.nanoTime();
    while (!done.getAsBoolean() && System.nanoTime() - moved < patience.toNanos()) {
      if (cell.memory.revision() != revision) {
        revision = cell.memory.revision();
        moved = System.nanoTime();
      }
      LockSupport.parkNanos(ROUND.toNanos());
    }
  }

  private void disturb(int round) {
    if (round % 6 == 0) {
      cell.memory.compact(cell.recorder.seen());
    }
    if (round == ROUNDS / 2) {
      failOver();
      return;
    }
    FaultyStore way = cell.ways.get(random.nextInt(cell.ways.size()));
    FaultyStore coordinator = cell.ways.get(random.nextInt(2));
    faults++;
    switch (random.nextInt(14)) {
      case 0, 1 -> way.set(Faults.MIXED);
      case 2, 3 -> way.set(Faults.NONE);
      case 4 -> way.breakWatches();
      case 5, 6 -> coordinator.holdWatches();
      case 7, 8 -> coordinator.releaseWatches();
      case 9, 10 -> crash();
      case 11 -> silence(coordinator);
      case 12 -> away();
      default -> cell.bus.set(random.nextBoolean() ? BusFaults.MIXED : BusFaults.NONE);
    }
  }

  /** The coordinator whose relay publishes is stopped, right after it has saved its cursor, while much of what it published is unanswered. */
  private void failOver() {
    faults++;
    String cursor = Txns.KEYS.relayCursor("coordinator");
    cell.bus.set(new BusFaults(0, 0, 0, 0.5));
    long saved = Txns.revision(cell.memory, cursor);
    long deadline = System.nanoTime() + CURSOR.toNanos();
    while (Txns.revision(cell.memory, cursor) == saved && System.nanoTime() < deadline) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
    cell.bus.set(new BusFaults(0, 0, 0, 1));
    String relay = Txns.entry(cell.memory, Txns.KEYS.election("relay-coordinator")).map(entry -> entry.value().toStringUtf8()).orElse("");
    cell.restart(relay.startsWith("coordinator-1") ? 1 : 0);
    cell.bus.set(BusFaults.NONE);
  }

  private void crash() {
    List<Entry> sessions = cell.memory.entries(Txns.KEYS.sessions());
    if (!sessions.isEmpty()) {
      cell.crash(sessions.get(random.nextInt(sessions.size())));
    }
  }

  /** Longer than a coordinator seeks an outcome: its clients are told that nobody knows. */
  private void silence(FaultyStore way) {
    way.set(SILENT);
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));
    way.set(Faults.NONE);
  }

  private void away() {
    cell.bus.goAway();
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    cell.bus.comeBack();
  }

  private void calm() {
    cell.ways.forEach(
        way -> {
          way.set(Faults.NONE);
          way.releaseWatches();
        });
    cell.bus.set(BusFaults.NONE);
    cell.bus.comeBack();
  }
}
