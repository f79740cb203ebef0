package io.infrafabric.cli.ifctl;

import com.google.protobuf.Timestamp;
import io.infrafabric.cli.output.Money;
import io.infrafabric.cli.output.Table;
import io.infrafabric.governor.v1.Delivery;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.EscalationEffect;
import io.infrafabric.governor.v1.EscalationState;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Escalations as rows for people. */
final class EscalationTable {
  private EscalationTable() {}

  /** What is known of each at a glance. */
  static Table of(List<Escalation> escalations) {
    Table table = Table.of("ESCALATION", "TYPE", "STATE", "LEVEL", "SUBJECT", "DEADLINE", "SENT", "DETAIL");
    for (Escalation one : escalations) {
      boolean open = one.getState() == EscalationState.ESCALATION_STATE_OPEN;
      table.row(
          one.getEscalationId(),
          Shown.word(one.getType()),
          Shown.word(one.getState()),
          one.getLevel(),
          one.getSubjectId(),
          open ? Shown.time(one.getDeadline()) : "",
          sent(one.getDeliveriesList()),
          open ? one.getReason() : decided(one));
    }
    return table;
  }

  static String line(Escalation escalation) {
    return of(List.of(escalation)).lines().getLast();
  }

  /** All of one, a row each. */
  static Table whole(Escalation one) {
    Table table = Table.of("WHAT", "VALUE");
    table.row("escalation", one.getEscalationId());
    table.row("type", Shown.word(one.getType()));
    table.row("state", "%s, level %d".formatted(Shown.word(one.getState()), one.getLevel()));
    row(table, "swarm", one.getSwarmId());
    row(table, "task", one.getTaskId());
    row(table, "blocker", one.getBlockerId());
    row(table, "plan", one.getPlanId());
    table.row("reason", one.getReason());
    one.getEvidenceList().forEach(line -> table.row("evidence", line));
    row(table, "asked for", one.getRequestedMicros() > 0 ? Money.dollars(one.getRequestedMicros()) : "");
    one.getLinksList().forEach(link -> table.row(link.getName(), link.getUri()));
    row(table, "raised", time(one.hasRaisedAt(), one.getRaisedAt()));
    row(table, "deadline", time(one.hasDeadline(), one.getDeadline()));
    if (one.getState() == EscalationState.ESCALATION_STATE_OPEN) {
      one.getInstructionsList().forEach(line -> table.row("decide", line));
    } else {
      table.row("decided", decided(one) + time(one.hasDecidedAt(), one.getDecidedAt(), ", "));
      row(table, "granted", one.getGrantMicros() > 0 ? Money.dollars(one.getGrantMicros()) : "");
    }
    one.getDeliveriesList().forEach(delivery -> table.row("sent to " + delivery.getSink(), delivery(delivery)));
    return table;
  }

  private static void row(Table table, String what, String value) {
    if (!value.isEmpty()) {
      table.row(what, value);
    }
  }

  private static String time(boolean known, Timestamp at) {
    return known ? Shown.time(at) : "";
  }

  private static String time(boolean known, Timestamp at, String before) {
    return known ? before + Shown.time(at) : "";
  }

  private static String decided(Escalation one) {
    String by = one.getPrincipal().isEmpty() ? one.getDecisionReason() : "by %s: %s".formatted(one.getPrincipal(), one.getDecisionReason());
    EscalationEffect effect = one.getEffect();
    String came = effect.getDetail().isEmpty() ? "" : " (%s: %s)".formatted(Shown.word(effect.getState()), effect.getDetail());
    return by + (came.isEmpty() && one.hasEffect() ? " (" + Shown.word(effect.getState()) + ")" : came);
  }

  /** Such as {@code delivered 1, dead 1}. */
  private static String sent(List<Delivery> deliveries) {
    return deliveries.stream()
        .collect(Collectors.groupingBy(delivery -> Shown.word(delivery.getState()), TreeMap::new, Collectors.counting()))
        .entrySet()
        .stream()
        .map(count -> count.getKey() + " " + count.getValue())
        .collect(Collectors.joining(", "));
  }

  private static String delivery(Delivery delivery) {
    String tries = "%s after %d tries".formatted(Shown.word(delivery.getState()), delivery.getTries());
    return delivery.getLastError().isEmpty() ? tries : tries + ", " + delivery.getLastError();
  }
}
