package io.infrafabric.governor.escalation;

import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.governor.books.BooksCodec;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.EscalationEventType;
import io.infrafabric.governor.v1.EscalationType;
import io.infrafabric.kit.telemetry.Counter;
import io.infrafabric.kit.telemetry.Metrics;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.EscalationId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Raises what is to be decided, raises it again when nobody decides, ends what is over, and has decisions carried out. Looks at what is
 * there and not at what happened, so that it neither misses nor doubles anything; of all governors the elected one does it, and two at once
 * do no harm.
 */
final class EscalationDuty {
  private static final Logger log = LoggerFactory.getLogger(EscalationDuty.class);

  private static final String QUARANTINED = "quarantined tasks";
  private static final String UNQUALIFIED = "tasks that nobody qualifies for";

  /** Between two looks because something has changed: a look goes through the records of all swarms. */
  private static final Duration NEWS = Duration.ofSeconds(1);

  /** Looks in a row in which the coordinator did not answer, after which it is logged: at the start it may not be there yet. */
  private static final int UNTOLD = 3;

  private final ReplicaEscalations escalations;
  private final SourceScan scan;
  private final Effects effects;
  private final TaskCauses tasks;
  private final int most;
  private final int mostKept;
  private final Duration lookEvery;
  private final Duration unclaimedAfter;
  private final BooleanSupplier elected;
  private final Executor executor;
  private final InstantSource clock;
  private final AtomicBoolean asking = new AtomicBoolean();
  private final Counter raised;
  private final Counter raisedAgain;
  private volatile boolean changed = true;
  private final Map<String, Long> heldBack = new ConcurrentHashMap<>();
  private final Map<EscalationId, Boolean> underWay = new ConcurrentHashMap<>();
  private volatile int untold;
  private final Terms usual;
  private volatile Terms terms;
  private final Duration newsEvery;
  private Instant lookAt = Instant.MIN;
  private Instant newsAt = Instant.MIN;
  private final Map<EscalationId, Instant> tryAfter = new HashMap<>();

  EscalationDuty(
      ReplicaEscalations escalations,
      int lowPercent,
      Effects effects,
      CoordinatorDoor coordinator,
      Terms terms,
      EscalationSettings settings,
      BooleanSupplier elected,
      Function<Task, Optional<List<String>>> unfit,
      Executor executor,
      InstantSource clock,
      Metrics metrics) {
    this.escalations = escalations;
    this.scan = new SourceScan(escalations.replica(), new BooksCodec(escalations.keys()), lowPercent);
    this.effects = effects;
    this.tasks = new TaskCauses(coordinator, escalations, unfit);
    this.unclaimedAfter = settings.unclaimedAfter();
    this.usual = terms;
    this.terms = terms;
    this.most = settings.most();
    this.mostKept = settings.mostKept();
    this.lookEvery = settings.lookEvery();
    this.newsEvery = lookEvery.compareTo(NEWS) < 0 ? lookEvery : NEWS;
    this.elected = elected;
    this.executor = executor;
    this.clock = clock;
    this.raised = metrics.counter("if.escalation.raised", "Escalations that this instance raised");
    this.raisedAgain = metrics.counter("if.escalation.raised_again", "Escalations that this instance raised again, because nobody had decided");
    metrics.gauge("if.escalation.open", "Escalations that a person must decide", escalations::open);
    metrics.gauge("if.escalation.held_back", "Causes that wait until escalations are decided, because too many are open", () -> heldBack.values().stream().mapToLong(Long::longValue).sum());
  }

  /** Says that a cause may have come or gone. */
  void onCauseChanged() {
    changed = true;
  }

  /** Looks; answers how many escalations it began to change. */
  int runOnce(Instant now) {
    if (!elected.getAsBoolean() || !escalations.replica().ready().isDone()) {
      return 0;
    }
    int begun = carryOut(now);
    boolean due = !lookAt.isAfter(now);
    boolean news = changed && !newsAt.isAfter(now);
    if (!due && !news) {
      return begun;
    }
    changed = false;
    newsAt = now.plus(newsEvery);
    begun += review("swarms and blockers", sources(), now);
    if (due) {
      lookAt = now.plus(lookEvery);
      terms = usual.keptFor(keep(now));
      askAboutTasks();
    }
    return begun;
  }

  private int carryOut(Instant now) {
    List<EscalationId> pending =
        escalations.all().filter(one -> Stage.of(one) instanceof Stage.Decided).map(one -> new EscalationId(one.getEscalationId())).toList();
    tryAfter.keySet().retainAll(pending);
    List<EscalationId> due = pending.stream().filter(id -> !tryAfter.getOrDefault(id, Instant.MIN).isAfter(now)).toList();
    for (EscalationId id : due) {
      tryAfter.put(id, now.plus(lookEvery));
      effects.carryOut(id);
    }
    return due.size();
  }

  /** Every cause that there is, and every escalation whose cause may have gone; those that the coordinator tells apart. */
  private Map<EscalationId, Source> sources() {
    Map<EscalationId, Source> sources = new HashMap<>(scan.causes());
    escalations
        .all()
        .forEach(one -> scan.sourceOf(one).ifPresent(source -> sources.putIfAbsent(new EscalationId(one.getEscalationId()), source)));
    return sources;
  }

  /** One look at a time: each counts what the one before is about to open. */
  private synchronized int review(String what, Map<EscalationId, Source> sources, Instant now) {
    long room = room(what);
    long without = 0;
    int begun = 0;
    for (Map.Entry<EscalationId, Source> entry : sources.entrySet()) {
      EscalationId id = entry.getKey();
      Turn turn = escalations.preview(id, entry.getValue(), (known, cause, why) -> EscalationRules.review(known, cause, why, terms, true, now));
      if (turn instanceof Turn.Keep || underWay.containsKey(id)) {
        continue;
      }
      boolean opens = opens(id, turn);
      if (opens && room <= 0) {
        without++;
        continue;
      }
      room -= opens ? 1 : 0;
      begun++;
      change(id, entry.getValue(), opens);
    }
    tellHeldBack(what, without);
    return begun;
  }

  /** How many more may be open. What is quarantined, and what nobody qualifies for, may be much at once: together they leave half of the room to all else. */
  private long room(String what) {
    long opening = underWay.values().stream().filter(opens -> opens).count();
    long room = most - escalations.open() - opening;
    if (!what.equals(QUARANTINED) && !what.equals(UNQUALIFIED)) {
      return room;
    }
    long many = escalations.all().filter(one -> isOfMany(one) && Stage.of(one) instanceof Stage.Open).count();
    return Math.min(room, most / 2 - many - opening);
  }

  private static boolean isOfMany(Escalation one) {
    return one.getType() == EscalationType.ESCALATION_TYPE_TASK_QUARANTINED || EffectRules.isOfAReadyTask(one);
  }

  private boolean opens(EscalationId id, Turn turn) {
    return turn instanceof Turn.Write(Escalation next)
        && Stage.of(next) instanceof Stage.Open
        && escalations.get(id).filter(one -> Stage.of(one) instanceof Stage.Open).isEmpty();
  }

  private void tellHeldBack(String what, long without) {
    Long before = heldBack.put(what, without);
    if (without > 0 && !Long.valueOf(without).equals(before)) {
      log.atError().addKeyValue("heldBack", without).addKeyValue("most", most).log("more is to be decided than escalations may be open: decide some");
    }
  }

  private void change(EscalationId id, Source source, boolean opens) {
    underWay.put(id, opens);
    escalations
        .review(id, source, (known, cause, why) -> EscalationRules.review(known, cause, why, terms, true, clock.instant()))
        .whenComplete(
            (after, failure) -> {
              underWay.remove(id);
              if (failure != null) {
                log.atDebug().addKeyValue("escalation", id.value()).addKeyValue("cause", failure.toString()).log("not changed, tried again at the next look");
              } else {
                after.ifPresent(this::tell);
              }
            });
  }

  private void tell(Escalation escalation) {
    boolean first = escalation.getLastEvent() == EscalationEventType.ESCALATION_EVENT_TYPE_RAISED;
    if (!first && escalation.getLastEvent() != EscalationEventType.ESCALATION_EVENT_TYPE_RAISED_AGAIN) {
      return;
    }
    (first ? raised : raisedAgain).increment();
    log.atWarn()
        .addKeyValue("escalation", escalation.getEscalationId())
        .addKeyValue("type", escalation.getType().name())
        .addKeyValue("subject", escalation.getSubjectId())
        .addKeyValue("level", escalation.getLevel())
        .log("a person must decide");
  }

  private void askAboutTasks() {
    if (!asking.compareAndSet(false, true)) {
      return;
    }
    tasks
        .gates(terms.keep(), clock.instant())
        .thenAcceptAsync(sources -> review("gates", sources, clock.instant()), executor)
        .thenComposeAsync(done -> tasks.quarantined(terms.keep(), clock.instant()), executor)
        .thenAcceptAsync(sources -> review(QUARANTINED, sources, clock.instant()), executor)
        .thenComposeAsync(done -> tasks.unqualified(unclaimedAfter, terms.keep(), clock.instant()), executor)
        .thenAcceptAsync(sources -> review(UNQUALIFIED, sources, clock.instant()), executor)
        .whenComplete(
            (done, failure) -> {
              asking.set(false);
              untold = failure == null ? 0 : untold + 1;
              if (untold == UNTOLD) {
                log.atWarn().addKeyValue("cause", failure.toString()).log("the coordinator does not tell which tasks a person must see to, it is asked again and again");
              }
            });
  }

  /** How long those that are decided are kept: as long as there are not too many. */
  private Duration keep(Instant now) {
    List<Instant> newestFirst =
        escalations.all().filter(Escalation::hasDecidedAt).map(one -> Times.toInstant(one.getDecidedAt())).sorted(Comparator.reverseOrder()).toList();
    if (newestFirst.size() <= mostKept) {
      return usual.keep();
    }
    Duration shorter = Duration.between(newestFirst.get(mostKept), now);
    return shorter.compareTo(usual.keep()) < 0 ? shorter : usual.keep();
  }
}
