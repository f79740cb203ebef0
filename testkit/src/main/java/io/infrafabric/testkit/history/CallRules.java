package io.infrafabric.testkit.history;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.testkit.history.Call.Answer;
import io.infrafabric.testkit.history.Violation.Invariant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Holds the fabric to what it told its clients: what was said to be done stands in the history, with the fence that was sent;
 * what was said not to be done does not; and time runs forward (I9): whatever returned before a call began is older than what
 * the call did and known to whoever answered it. Pure.
 */
public final class CallRules {
  private static final Map<Call.Kind, Set<TaskEventType>> DEEDS = new EnumMap<>(Call.Kind.class);
  private static final Set<ErrorCode> NOT_MINE =
      EnumSet.of(ErrorCode.ERROR_CODE_STALE_FENCE, ErrorCode.ERROR_CODE_NOT_THE_HOLDER, ErrorCode.ERROR_CODE_TASK_ENDED);

  static {
    TaskEventType quarantined = TaskEventType.TASK_EVENT_TYPE_QUARANTINED;
    DEEDS.put(Call.Kind.SUBMIT, EnumSet.of(TaskEventType.TASK_EVENT_TYPE_SUBMITTED));
    DEEDS.put(Call.Kind.PROGRESS, EnumSet.of(TaskEventType.TASK_EVENT_TYPE_PROGRESSED));
    DEEDS.put(Call.Kind.COMPLETE, EnumSet.of(TaskEventType.TASK_EVENT_TYPE_COMPLETED));
    DEEDS.put(Call.Kind.FAIL, EnumSet.of(TaskEventType.TASK_EVENT_TYPE_FAILED, TaskEventType.TASK_EVENT_TYPE_RETRIED, quarantined));
    DEEDS.put(Call.Kind.RELEASE, EnumSet.of(TaskEventType.TASK_EVENT_TYPE_RELEASED, quarantined));
    DEEDS.put(Call.Kind.CANCEL, EnumSet.of(TaskEventType.TASK_EVENT_TYPE_CANCELLED));
  }

  private final Deeds deeds;
  private final List<Violation> violations = new ArrayList<>();

  private CallRules(Deeds deeds) {
    this.deeds = deeds;
  }

  /** Judges the calls by what was really done. */
  public static List<Violation> judge(Deeds deeds, List<Call> calls) {
    CallRules rules = new CallRules(deeds);
    CallTimes times = CallTimes.of(calls, call -> rules.revision(call));
    for (int i = 0; i < calls.size(); i++) {
      long after = times.after(i);
      rules.judge(calls.get(i), times.before(i), after == Long.MAX_VALUE ? after : after - 1);
    }
    return rules.violations;
  }

  /** The revision at which the call took effect, if it did. */
  private Optional<Long> revision(Call call) {
    return switch (call.answer()) {
      case Answer.Got got -> deeds.of(call.request()).stream().map(Deeds.Deed::revision).findFirst();
      case Answer.Done done ->
          call.kind() == Call.Kind.RAISE ? deeds.raised(call.request()).map(Deeds.Raised::revision) : deed(call).map(Deeds.Deed::revision);
      case Answer.Refused refused -> Optional.empty();
      case Answer.Unknown unknown -> Optional.empty();
    };
  }

  private Optional<Deeds.Deed> deed(Call call) {
    Set<TaskEventType> events = DEEDS.getOrDefault(call.kind(), Set.of());
    return deeds.of(call.request()).stream().filter(deed -> deed.task().equals(call.task()) && events.contains(deed.event())).findFirst();
  }

  /**
   * @param before the newest revision that anybody knew of when the call began
   * @param last the newest revision that can have been known when it was answered
   */
  private void judge(Call call, long before, long last) {
    revision(call)
        .filter(revision -> revision <= before)
        .ifPresent(
            revision ->
                found(Invariant.I9_REAL_TIME, call, revision, "took effect at revision " + revision + " and began when " + before + " was known"));
    switch (call.answer()) {
      case Answer.Done done -> done(call);
      case Answer.Got got -> got(call, got, before, last);
      case Answer.Refused refused -> refused(call, refused.code(), before, last);
      case Answer.Unknown unknown -> {}
    }
  }

  private void done(Call call) {
    switch (call.kind()) {
      case SUBMIT -> {
        if (deed(call).isEmpty()) {
          found(Invariant.ACKNOWLEDGED, call, 0, "was answered as created and no such request made it");
        }
      }
      case COMPLETE, FAIL, RELEASE -> {
        Optional<Deeds.Deed> deed = deed(call);
        if (deed.isEmpty()) {
          found(Invariant.ACKNOWLEDGED, call, 0, "was answered as done and was not");
        } else if (deed.get().fence() != call.fence() || !deed.get().swarm().equals(call.swarm())) {
          found(
              Invariant.I4_NO_STALE_EFFECT,
              call,
              deed.get().revision(),
              "was sent with fence " + call.fence() + " and ended the claim " + deed.get().fence() + " of " + deed.get().swarm());
        }
      }
      case RAISE -> {
        Optional<Deeds.Raised> raised = deeds.raised(call.request());
        if (raised.isEmpty()) {
          found(Invariant.ACKNOWLEDGED, call, 0, "was answered as raised and no such blocker was stored");
        } else if (raised.get().fence() != call.fence() || !raised.get().swarm().equals(call.swarm()) || !raised.get().task().equals(call.task())) {
          found(Invariant.I4_NO_STALE_EFFECT, call, raised.get().revision(), "was sent with fence " + call.fence() + " and is " + raised.get());
        }
      }
      case PROGRESS, CANCEL, RESOLVE, OPEN, CLOSE, CLAIM, CLAIM_NEXT -> {
        // A progress may have been overwritten within a group; a cancel and a resolve answer what others have ended, too.
      }
    }
  }

  private void got(Call call, Answer.Got got, long before, long last) {
    Optional<Deeds.Tenure> tenure = deeds.claim(got.claim());
    boolean so =
        tenure
            .filter(held -> held.task.equals(got.task()) && held.swarm.equals(got.swarm()) && held.from == got.fence() && got.swarm().equals(call.swarm()))
            .isPresent();
    if (!so) {
      found(Invariant.I1_SINGLE_HOLDER, call, got.fence(), "was given claim " + got.claim() + " of " + got.task() + ", which is not so");
    } else if (!tenure.get().meets(before, last)) {
      found(Invariant.I9_REAL_TIME, call, got.fence(), "was given a claim that had ended at revision " + tenure.get().until);
    }
  }

  private void refused(Call call, ErrorCode code, long before, long last) {
    boolean undone = code == ErrorCode.ERROR_CODE_SESSION_NOT_FOUND || wasOver(call, last);
    if (!call.unsure() && !undone && !deeds.of(call.request()).isEmpty()) {
      Deeds.Deed deed = deeds.of(call.request()).getFirst();
      found(Invariant.ACKNOWLEDGED, call, deed.revision(), "was refused with " + code + " and done: " + deed.event());
    }
    if (code == ErrorCode.ERROR_CODE_TASK_NOT_FOUND && deeds.born(call.task()).filter(born -> born <= before).isPresent()) {
      found(Invariant.I9_REAL_TIME, call, before, "was told that there is no task " + call.task() + ", which is there since " + deeds.born(call.task()).get());
    }
    if (code == ErrorCode.ERROR_CODE_ALREADY_CLAIMED && deeds.claims(call.task()).stream().noneMatch(held -> held.meets(before, last))) {
      found(Invariant.I9_REAL_TIME, call, before, "was told that somebody holds the task, and nobody did");
    }
    if (NOT_MINE.contains(code) && call.fence() != 0) {
      deeds.claims(call.task()).stream()
          .filter(held -> held.from == call.fence() && held.swarm.equals(call.swarm()) && held.from <= before && (held.until > last || held.until == Long.MAX_VALUE))
          .findFirst()
          .ifPresent(held -> found(Invariant.I9_REAL_TIME, call, held.from, "was told " + code + " and held the task all the while"));
    }
  }

  /** A claim was made, ended by somebody else, and refused to the one who asked: true, though late. */
  private boolean wasOver(Call call, long last) {
    return (call.kind() == Call.Kind.CLAIM || call.kind() == Call.Kind.CLAIM_NEXT)
        && deeds.of(call.request()).stream().allMatch(deed -> deeds.claim(deed.claim()).filter(held -> held.until <= last && held.until != Long.MAX_VALUE).isPresent());
  }

  private void found(Invariant invariant, Call call, long revision, String what) {
    violations.add(new Violation(invariant, call.task(), revision, call.kind() + " " + call.request() + " of " + (call.swarm().isEmpty() ? "a submitter" : call.swarm()) + " " + what));
  }
}
