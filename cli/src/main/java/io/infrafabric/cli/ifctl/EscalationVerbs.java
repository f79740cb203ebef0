package io.infrafabric.cli.ifctl;

import io.infrafabric.cli.output.Money;
import io.infrafabric.governor.v1.ApproveEscalationRequest;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.EscalationType;
import io.infrafabric.governor.v1.GetEscalationRequest;
import io.infrafabric.governor.v1.ListEscalationsRequest;
import io.infrafabric.governor.v1.RejectEscalationRequest;
import io.infrafabric.governor.v1.RequestBudgetRequest;
import io.infrafabric.governor.v1.WatchEscalationsRequest;
import io.infrafabric.governor.v1.WatchEscalationsResponse;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Escalations: what a person must decide. */
@Command(name = "escalation", description = "What a person must decide.", synopsisSubcommandLabel = "VERB")
final class EscalationVerbs {
  /** What is to be decided, on the command line. */
  enum Kind {
    BREAKER_RESET,
    NOBODY_QUALIFIED,
    APPROVAL_GATE,
    BUDGET_REQUEST,
    TASK_QUARANTINED;

    EscalationType proto() {
      return EscalationType.valueOf("ESCALATION_TYPE_" + name());
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  @ParentCommand private IfctlCommand ifctl;

  @Command(name = "list", description = "List escalations; only the open ones unless told otherwise.")
  int list(
      @Option(names = "--all", description = "The decided ones too.") boolean all,
      @Option(names = "--type", description = "${COMPLETION-CANDIDATES}") Kind type,
      @Option(names = "--swarm", defaultValue = "") String swarm,
      @Option(names = "--undelivered", description = "Only those that a webhook did not acknowledge and is not sent any more.") boolean undelivered,
      @Option(names = "--limit", defaultValue = "100", description = "At most so many (default ${DEFAULT-VALUE}).") int limit) {
    ListEscalationsRequest.Builder request =
        ListEscalationsRequest.newBuilder()
            .setOpenOnly(!all && !undelivered)
            .setSwarmId(swarm)
            .setUndeliveredOnly(undelivered)
            .setPageSize(Math.clamp(limit, 1, 500));
    Optional.ofNullable(type).map(Kind::proto).ifPresent(request::setType);
    return ifctl.with(
        (clients, out) -> {
          List<Escalation> found = new ArrayList<>();
          do {
            var page = clients.escalations().listEscalations(request.build());
            found.addAll(page.getEscalationsList());
            request.setPageToken(page.getNextPageToken());
          } while (!request.getPageToken().isEmpty() && found.size() < limit);
          List<Escalation> shown = found.subList(0, Math.min(limit, found.size()));
          out.showAll(shown, () -> EscalationTable.of(shown));
        });
  }

  @Command(name = "get", description = "Show one with its evidence, and what to type to decide.")
  int get(@Parameters(paramLabel = "ESCALATION") String id) {
    return ifctl.with(
        (clients, out) -> {
          Escalation found = clients.escalations().getEscalation(GetEscalationRequest.newBuilder().setEscalationId(id).build()).getEscalation();
          out.show(found, () -> EscalationTable.whole(found));
        });
  }

  @Command(
      name = "approve",
      description = {
        "Decide yes: a breaker is reset, money is granted, a task may be claimed, a blocker counts as resolved.",
        "Done once; whoever decides first decides.",
        ""
      })
  int approve(
      @Parameters(paramLabel = "ESCALATION") String id,
      @Option(names = "--reason", required = true) String reason,
      @Option(names = "--by", defaultValue = "", paramLabel = "PERSON", description = "Needed where there are no tokens.") String principal,
      @Option(
              names = "--grant",
              converter = Flags.MoneyFlag.class,
              paramLabel = "USD",
              defaultValue = "0",
              description = "Needed when money was the cause; what was asked for when not given.")
          Money grant,
      @Mixin RequestId requestId) {
    ApproveEscalationRequest request =
        ApproveEscalationRequest.newBuilder()
            .setRequestId(requestId.value())
            .setEscalationId(id)
            .setPrincipal(principal)
            .setReason(reason)
            .setGrantMicros(grant.micros())
            .build();
    return ifctl.with(
        (clients, out) -> {
          Escalation decided = clients.escalations().approveEscalation(request).getEscalation();
          out.show(decided, () -> EscalationTable.of(List.of(decided)));
        });
  }

  @Command(name = "reject", description = "Decide no: a task that waits is cancelled, a breaker stays open, no money is granted.")
  int reject(
      @Parameters(paramLabel = "ESCALATION") String id,
      @Option(names = "--reason", required = true) String reason,
      @Option(names = "--by", defaultValue = "", paramLabel = "PERSON", description = "Needed where there are no tokens.") String principal,
      @Mixin RequestId requestId) {
    RejectEscalationRequest request =
        RejectEscalationRequest.newBuilder()
            .setRequestId(requestId.value())
            .setEscalationId(id)
            .setPrincipal(principal)
            .setReason(reason)
            .build();
    return ifctl.with(
        (clients, out) -> {
          Escalation decided = clients.escalations().rejectEscalation(request).getEscalation();
          out.show(decided, () -> EscalationTable.of(List.of(decided)));
        });
  }

  @Command(name = "watch", description = "Show the open ones and every change, until Ctrl-C.")
  int watch(@Option(names = "--all", description = "Begin with the decided ones too.") boolean all) {
    return ifctl.with(
        (clients, out) -> {
          Iterator<WatchEscalationsResponse> changes =
              clients.escalations().watchEscalations(WatchEscalationsRequest.newBuilder().setAll(all).build());
          while (changes.hasNext()) {
            Escalation change = changes.next().getEscalation();
            out.next(change, () -> EscalationTable.line(change));
          }
        });
  }

  @Command(name = "request-budget", description = "Ask a person for more money for a swarm.")
  int requestBudget(
      @Parameters(paramLabel = "SWARM") String swarm,
      @Option(names = "--reason", required = true) String reason,
      @Option(names = "--amount", converter = Flags.MoneyFlag.class, paramLabel = "USD", defaultValue = "0", description = "Left to the person when not given.")
          Money amount,
      @Mixin RequestId requestId) {
    RequestBudgetRequest request =
        RequestBudgetRequest.newBuilder()
            .setRequestId(requestId.value())
            .setSwarmId(swarm)
            .setReason(reason)
            .setAmountMicros(amount.micros())
            .build();
    return ifctl.with(
        (clients, out) -> {
          Escalation asked = clients.escalations().requestBudget(request).getEscalation();
          out.show(asked, () -> EscalationTable.of(List.of(asked)));
        });
  }
}
