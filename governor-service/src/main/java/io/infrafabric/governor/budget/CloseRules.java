package io.infrafabric.governor.budget;

import io.infrafabric.error.Refusal;
import io.infrafabric.governor.input.Findings;
import io.infrafabric.governor.money.Purse;
import io.infrafabric.governor.money.SpendRules;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountOperation;
import io.infrafabric.governor.v1.AccountState;
import io.infrafabric.governor.v1.CloseAccountRequest;
import io.infrafabric.governor.v1.LedgerLine;
import io.infrafabric.names.Limits;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Closes an account with all beneath it, the deepest first, a part of the tree in one step. Once the account is marked nothing is opened beneath it,
 * so that the steps come to an end; each of them leaves every amount in its place. An account that is no swarm's ends, and its parent has what was
 * left. A swarm's goes on without a parent once nothing that it has drawn is promised to claims.
 */
final class CloseRules {
  private CloseRules() {}

  /**
   * What one step has come to.
   *
   * @param done whether the account is closed with all beneath it
   * @param closed accounts that this step has closed
   * @param waitsFor swarms of this part whose claims hold money
   */
  record Step(boolean done, int closed, List<String> waitsFor) {}

  /** Every invalid field at once, or nothing. */
  static Optional<Refusal> validate(CloseAccountRequest request) {
    Findings wrong =
        new Findings("no account is closed")
            .requestId(request.getRequestId())
            .id("account_id", request.getAccountId())
            .atMost("reason", request.getReason(), Limits.TEXT_CHARACTERS);
    if (!request.getSwarmId().isEmpty()) {
      wrong.id("swarm_id", request.getSwarmId());
    }
    return wrong.refusal();
  }

  /**
   * Decides on a part of the tree.
   *
   * @param part accounts of the tree, each after those beneath it; the sheet has them, their parents, and the account itself
   */
  static BudgetRuling<Step> step(Sheet sheet, CloseAccountRequest request, List<String> part, Instant now) {
    String top = request.getAccountId();
    Optional<BudgetRuling<Step>> done = LineRules.done(sheet, request.getRequestId(), identity(request), () -> new Step(true, 0, List.of()));
    if (done.isPresent()) {
      return done.get();
    }
    Optional<Holding> found = sheet.at(top);
    if (found.isEmpty()) {
      return new BudgetRuling.Refuse<>(TreeRules.missing("account_id", top));
    }
    Optional<Refusal> refusal = TreeRules.notBeneath(request.getSwarmId(), top, sheet.look()).or(() -> over(sheet, found.get()));
    if (refusal.isPresent()) {
      return new BudgetRuling.Refuse<>(refusal.get());
    }
    return new Closing(sheet, request, now).go(found.get(), part);
  }

  /** What a close is known by: whoever goes on with it has no reason of his own. */
  private static CloseAccountRequest identity(CloseAccountRequest request) {
    return CloseAccountRequest.newBuilder().setRequestId(request.getRequestId()).setAccountId(request.getAccountId()).build();
  }

  private static Optional<Refusal> over(Sheet sheet, Holding top) {
    return top.account().getState() == AccountState.ACCOUNT_STATE_CLOSED ? TreeRules.ended(top.id(), sheet.look()) : Optional.empty();
  }

  /** One step in the making. */
  private static final class Closing {
    private final Sheet sheet;
    private final CloseAccountRequest request;
    private final Instant now;
    private final Map<String, Holding> changed = new LinkedHashMap<>();
    private final Set<String> gone = new LinkedHashSet<>();
    private final List<LedgerLine> lines = new ArrayList<>();
    private final List<String> waitsFor = new ArrayList<>();
    private int closed;

    Closing(Sheet sheet, CloseAccountRequest request, Instant now) {
      this.sheet = sheet;
      this.request = request;
      this.now = now;
    }

    BudgetRuling<Step> go(Holding top, List<String> part) {
      if (top.account().getState() == AccountState.ACCOUNT_STATE_UNSPECIFIED) {
        put(top.with(top.account().toBuilder().setState(AccountState.ACCOUNT_STATE_CLOSING).setClosingRequestId(request.getRequestId()).build()));
      }
      part.forEach(id -> at(id).filter(found -> found.account().getChildren() == 0).ifPresent(this::close));
      boolean done = lines.stream().anyMatch(line -> line.getAccountId().equals(request.getAccountId()));
      Step step = new Step(done, closed, List.copyOf(waitsFor));
      return changed.isEmpty() && gone.isEmpty()
          ? new BudgetRuling.Keep<>(step)
          : new BudgetRuling.Write<>(List.copyOf(changed.values()), List.copyOf(gone), lines, written -> step);
    }

    private Optional<Holding> at(String id) {
      return gone.contains(id) ? Optional.empty() : Optional.ofNullable(changed.get(id)).or(() -> sheet.at(id));
    }

    private void put(Holding next) {
      changed.put(next.id(), next);
    }

    private void close(Holding account) {
      Optional<Holding> parent = account.account().getParentId().isEmpty() ? Optional.empty() : at(account.account().getParentId());
      if (parent.isEmpty() && !account.account().getParentId().isEmpty()) {
        return; // it stands elsewhere by now: the next step knows where
      }
      switch (account) {
        case Holding.OfSwarm swarm -> leave(swarm, parent);
        case Holding.Own own -> parent.ifPresentOrElse(above -> absorb(own, above), () -> end(own));
      }
    }

    private void leave(Holding.OfSwarm swarm, Optional<Holding> parent) {
      if (parent.isEmpty()) {
        told(open(swarm), 0);
        return;
      }
      PlaceRules.Left left = PlaceRules.leave(swarm, parent.get());
      if (!left.parent().account().equals(parent.get().account())) {
        put(left.parent());
      }
      if (left.whole()) {
        told(open(left.account()), 0);
      } else {
        waitsFor.add(swarm.id());
        if (!left.account().account().equals(swarm.account())) {
          put(left.account());
        }
      }
    }

    private static Holding open(Holding swarm) {
      return swarm.with(swarm.account().toBuilder().clearState().clearClosingRequestId().build());
    }

    private void absorb(Holding.Own account, Holding parent) {
      Purse dollars = parent.dollars().absorb(account.dollars());
      Purse tokens = parent.tokens().absorb(account.tokens());
      Account next = SpendRules.merged(parent.withDollars(dollars).withTokens(tokens).account(), account.account());
      LedgerLine line = line(account, account.dollars().left(), 0);
      put(parent.with(LineRules.told(next.toBuilder().setChildren(next.getChildren() - 1).build(), line)));
      changed.remove(account.id());
      gone.add(account.id());
      lines.add(line);
      closed++;
    }

    /** At the top of a tree what is left goes back to where it came from, and the record stays. */
    private void end(Holding.Own account) {
      long left = account.dollars().left();
      Purse dollars = account.dollars().minus(left);
      Purse tokens = account.tokens().minus(account.tokens().left());
      Holding over = account.withDollars(dollars).withTokens(tokens);
      told(over.with(over.account().toBuilder().setState(AccountState.ACCOUNT_STATE_CLOSED).clearClosingRequestId().build()), left);
    }

    private void told(Holding account, long outside) {
      LedgerLine line = line(account, outside, -outside);
      put(account.with(LineRules.told(account.account(), line)));
      lines.add(line);
      closed++;
    }

    private LedgerLine line(Holding account, long micros, long outside) {
      return LineRules.line(account.id(), request.getRequestId(), AccountOperation.ACCOUNT_OPERATION_CLOSED, identity(request), now)
          .setAmountMicros(micros)
          .setOtherAccountId(account.account().getParentId())
          .setOutsideMicros(outside)
          .setReason(request.getReason())
          .setSwarmId(request.getSwarmId())
          .build();
    }
  }
}
