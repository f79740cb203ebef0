package io.infrafabric.governor.escalation;

import com.google.protobuf.Timestamp;
import io.infrafabric.approval.ApprovalRules;
import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.coordinator.v1.BlockerState;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.governor.account.BudgetRules;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.money.Purses;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.breaker.Cells;
import io.infrafabric.governor.v1.CapabilityBreaker;
import io.infrafabric.governor.v1.EscalationType;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.EscalationId;
import io.infrafabric.policy.StopRules;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What a person must decide, read out of the records of swarms, blockers and tasks. */
final class CauseRules {
  private CauseRules() {}

  /**
   * A swarm is stopped, as a whole or in one capability. One for each time that a breaker opens; that it is tried, and opens again for that, is
   * still the same.
   */
  static Optional<Cause> trip(Books books, String capability) {
    CapabilityBreaker breaker = Cells.of(books, capability);
    if (!Books.isOpen(breaker) || books.standing().getUnregistered()) {
      return Optional.empty();
    }
    Timestamp since = breaker.hasOpenedAt() ? breaker.getOpenedAt() : breaker.getSince();
    String swarm = books.swarmId();
    List<String> evidence = new ArrayList<>(money(books.account()));
    evidence.add(0, "since " + time(since));
    evidence.add("%d failures in a row".formatted(books.standing().getConsecutiveFailures()));
    if (!breaker.getPrincipal().isEmpty()) {
      evidence.add("stopped by " + breaker.getPrincipal());
    }
    if (breaker.getReopened() > 0) {
      evidence.add("opened again %d times in a row".formatted(breaker.getReopened()));
    }
    String what = capability.isEmpty() ? "" : " for " + capability;
    return Optional.of(
        new Cause(
            capability.isEmpty() ? Cause.id("breaker", swarm, time(since)) : Cause.id("breaker", swarm, capability, time(since)),
            EscalationType.ESCALATION_TYPE_BREAKER_RESET,
            Cause.About.capability(swarm, capability),
            "swarm %s is stopped%s (%s): %s".formatted(swarm, what, StopRules.word(breaker.getReason()), breaker.getDetail()),
            evidence,
            true,
            TraceContext.getDefaultInstance()));
  }

  /**
   * A swarm is short of money, or has asked for some. One for each sum that has come to it so far: the question is the same until it
   * gets more. None while it is stopped, because that question comes first, and none that it has not put itself while it draws on a parent with money.
   *
   * @param parent the account above its own, as far as it is known
   * @param asked whether it has asked
   */
  static Optional<Cause> budget(Books books, Optional<Account> parent, int lowPercent, boolean asked) {
    Account account = books.account();
    boolean low =
        account.getGrantedMicros() > 0
            && account.getSettledMicros() > 0
            && BudgetRules.isLow(account, lowPercent)
            && !BudgetRules.getsMoreByItself(account, parent);
    if (books.isBreakerOpen() || books.standing().getUnregistered() || !(low || asked)) {
      return Optional.empty();
    }
    String swarm = books.swarmId();
    String reason =
        "swarm %s has %s left of %s".formatted(swarm, dollars(account.getCreditMicros()), dollars(account.getGrantedMicros()));
    return Optional.of(
        new Cause(
            budgetId(books),
            EscalationType.ESCALATION_TYPE_BUDGET_REQUEST,
            Cause.About.swarm(swarm),
            reason,
            money(account),
            true,
            TraceContext.getDefaultInstance()));
  }

  /** The id of the question whether a swarm gets more money: another one as soon as it has got some, and never one of before, whatever it gives back. */
  static EscalationId budgetId(Books books) {
    return Cause.id("budget", books.swarmId(), Long.toString(Purses.received(books.account())));
  }

  /** A blocker needs a person. One for each blocker. */
  static Optional<Cause> help(BlockerRecord record) {
    Blocker blocker = record.getBlocker();
    if (blocker.getState() != BlockerState.BLOCKER_STATE_ESCALATED) {
      return Optional.empty();
    }
    List<String> evidence = new ArrayList<>();
    evidence.add("blocked by %s since %s".formatted(blocker.getType(), time(blocker.getRaisedAt())));
    evidence.add(blocker.getDescription());
    evidence.add("severity " + blocker.getSeverity().name().replaceFirst("SEVERITY_", "").toLowerCase(Locale.ROOT));
    list("needs ", blocker.getNeedsList(), evidence);
    list("nobody for ", blocker.getUnmetNeedsList(), evidence);
    list("waits for tasks ", blocker.getWaitsForTaskIdsList(), evidence);
    list("help was ", blocker.getHelpTaskIdsList(), evidence);
    return Optional.of(
        new Cause(
            Cause.id("help", blocker.getBlockerId(), time(blocker.getRaisedAt())),
            EscalationType.ESCALATION_TYPE_NOBODY_QUALIFIED,
            new Cause.About(blocker.getTaskId(), blocker.getSwarmId(), blocker.getTaskId(), blocker.getBlockerId(), ""),
            "task %s of swarm %s cannot go on: %s".formatted(blocker.getTaskId(), blocker.getSwarmId(), blocker.getDetail()),
            evidence,
            true,
            record.getTrace()));
  }

  /**
   * A ready task that nobody may have. One for each task that stands for all that want the same.
   *
   * @param nearest why not those that come nearest
   */
  static Cause unqualified(Task task, List<String> nearest) {
    String id = task.getSpec().getTaskId();
    List<String> evidence = new ArrayList<>();
    evidence.add("ready since " + time(task.getReady().getSince()));
    list("requires ", task.getSpec().getRequiredCapabilitiesList(), evidence);
    evidence.add("may cost " + dollars(task.getSpec().getMaxCostMicros()));
    if (task.getSpec().getMinReputationMillis() > 0) {
      evidence.add("wants a reputation of %d thousandths".formatted(task.getSpec().getMinReputationMillis()));
    }
    list("belongs to ", owners(task), evidence);
    if (!task.getSpec().getPlanId().isEmpty()) {
      evidence.add("plan %s, phase %s".formatted(task.getSpec().getPlanId(), task.getPlanPlace().getPhase()));
    }
    evidence.addAll(nearest.isEmpty() ? List.of("no swarm is registered that it could be for") : nearest);
    return new Cause(
        Cause.id("unqualified", id, time(task.getCreatedAt())),
        EscalationType.ESCALATION_TYPE_NOBODY_QUALIFIED,
        Cause.About.task(id),
        "task %s is ready and no swarm qualifies for it".formatted(id),
        evidence,
        true,
        task.getTrace());
  }

  /** To whom a task belongs now; anyone when empty. */
  static List<String> owners(Task task) {
    return task.hasOwnership() ? task.getOwnership().getOwnerSwarmIdsList() : task.getSpec().getOwnerSwarmIdsList();
  }

  /**
   * A task waits for a named person. One for each task, and one more for each approval that it needs beside those it has; who has passed a gate does
   * not come back to it. None while only swarms may approve it.
   */
  static Optional<Cause> gate(Task task) {
    if (!task.hasWaiting() || !task.getWaiting().getAwaitsApproval() || !ApprovalRules.isForAPerson(task)) {
      return Optional.empty();
    }
    String id = task.getSpec().getTaskId();
    List<String> evidence = new ArrayList<>();
    evidence.add("submitted " + time(task.getCreatedAt()));
    evidence.add("may cost " + dollars(task.getSpec().getMaxCostMicros()));
    list("requires ", task.getSpec().getRequiredCapabilitiesList(), evidence);
    list("waits for tasks ", task.getWaiting().getOpenDependenciesList(), evidence);
    if (!task.getSpec().getPlanId().isEmpty()) {
      evidence.add("plan %s, phase %s".formatted(task.getSpec().getPlanId(), task.getPlanPlace().getPhase()));
    }
    if (!task.getSpec().getTaskClass().isEmpty()) {
      evidence.add("class " + task.getSpec().getTaskClass());
    }
    list("approvers ", task.getSpec().getApproversList(), evidence);
    list("approved by ", task.getApprovalsList().stream().map(ApprovalRules::by).toList(), evidence);
    return Optional.of(
        new Cause(
            gateId(task),
            EscalationType.ESCALATION_TYPE_APPROVAL_GATE,
            Cause.About.task(id),
            ApprovalRules.needed(task.getSpec()) == 1
                ? "task %s waits for a person to approve it".formatted(id)
                : "task %s waits for %s".formatted(id, ApprovalRules.waitsFor(task)),
            evidence,
            false,
            task.getTrace()));
  }

  /** The id of the question whether a task is approved by one more. */
  private static EscalationId gateId(Task task) {
    String id = task.getSpec().getTaskId();
    String submitted = time(task.getCreatedAt());
    return task.getApprovalsCount() == 0 ? Cause.id("gate", id, submitted) : Cause.id("gate", id, submitted, Integer.toString(task.getApprovalsCount()));
  }

  /**
   * Tasks have used up their attempts: one cause for those of a plan, and one for each without. It lasts until the first of them is requeued or
   * gone; what is quarantined after that is another.
   *
   * @param quarantined tasks that are, help not among them, which is not tried again
   */
  static List<Cause> quarantined(List<Task> quarantined) {
    Map<String, List<Task>> together = new LinkedHashMap<>();
    for (Task task : quarantined) {
      if (task.hasQuarantined() && task.getSpec().getPaidBySwarmId().isEmpty()) {
        String plan = task.getSpec().getPlanId();
        together.computeIfAbsent(plan.isEmpty() ? "task " + task.getSpec().getTaskId() : "plan " + plan, one -> new ArrayList<>()).add(task);
      }
    }
    return together.entrySet().stream().map(group -> quarantined(group.getKey(), group.getValue())).toList();
  }

  private static Cause quarantined(String name, List<Task> tasks) {
    List<Task> oldestFirst =
        tasks.stream().sorted(Comparator.comparing(task -> Times.toInstant(task.getQuarantined().getAt()))).toList();
    Task first = oldestFirst.getFirst();
    String plan = first.getSpec().getPlanId();
    String subject = plan.isEmpty() ? first.getSpec().getTaskId() : plan;
    List<String> evidence = new ArrayList<>(List.of("%d tasks, the first at %s".formatted(tasks.size(), time(first.getQuarantined().getAt()))));
    for (Task task : oldestFirst) {
      String why = task.getAttemptsCount() == 0 ? "" : task.getAttempts(task.getAttemptsCount() - 1).getReason();
      evidence.add("%s after %d attempts, the last: %s".formatted(task.getSpec().getTaskId(), task.getAttempt(), why.isEmpty() ? "no reason given" : why));
    }
    return new Cause(
        Cause.id("quarantine", name, time(first.getQuarantined().getAt())),
        EscalationType.ESCALATION_TYPE_TASK_QUARANTINED,
        new Cause.About(subject, "", plan.isEmpty() ? subject : "", "", plan),
        plan.isEmpty() ? "%s is quarantined".formatted(name) : "tasks of %s are quarantined".formatted(name),
        evidence,
        false,
        first.getTrace());
  }

  /** Micro-dollars as a person writes them: {@code $0.25}. */
  static String dollars(long micros) {
    BigDecimal amount = BigDecimal.valueOf(micros, 6).stripTrailingZeros();
    return (amount.scale() < 2 ? amount.setScale(2) : amount).toPlainString().replaceFirst("^(-?)", "$1\\$");
  }

  private static List<String> money(Account account) {
    return List.of(
        "%s granted, %s spent, %s left".formatted(dollars(account.getGrantedMicros()), dollars(account.getSettledMicros()), dollars(account.getCreditMicros())),
        "%s of it on attempts without a result".formatted(dollars(account.getWastedMicros())),
        "%d claims completed, %d failed".formatted(account.getClaimsCompleted(), account.getClaimsFailed()));
  }

  private static void list(String what, List<String> ids, List<String> evidence) {
    if (!ids.isEmpty()) {
      evidence.add(what + String.join(", ", ids));
    }
  }

  private static String time(Timestamp at) {
    return Times.toInstant(at).toString();
  }
}
