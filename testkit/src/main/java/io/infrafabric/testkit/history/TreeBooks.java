package io.infrafabric.testkit.history;

import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountKind;
import io.infrafabric.governor.v1.GrantEntry;
import io.infrafabric.governor.v1.LedgerLine;
import io.infrafabric.governor.v1.TokenMeter;
import io.infrafabric.testkit.history.Violation.Invariant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * All accounts through their revisions (I7): each adds up, a parent has given away what its children have drawn, money comes into the tree and
 * leaves it only where the ledger says so, and what was spent anywhere stays spent. It knows by itself how amounts add up.
 */
final class TreeBooks {
  /** Who hears of what must not be. */
  interface Finder {
    void found(Invariant invariant, String account, String what);
  }

  private final Map<String, Account> accounts = new HashMap<>();
  private final Map<String, Set<String>> children = new HashMap<>();
  private final Set<String> everWritten = new HashSet<>();
  private final Map<String, Optional<Account>> before = new LinkedHashMap<>();
  private final List<LedgerLine> lines = new ArrayList<>();

  /** An account was written, or is gone. */
  void account(String id, Optional<Account> now) {
    before.putIfAbsent(id, Optional.ofNullable(accounts.get(id)));
    Optional.ofNullable(accounts.get(id)).ifPresent(old -> of(old.getParentId()).remove(id));
    if (now.isEmpty()) {
      accounts.remove(id);
      return;
    }
    accounts.put(id, now.get());
    of(now.get().getParentId()).add(id);
  }

  private Set<String> of(String parent) {
    return children.computeIfAbsent(parent, id -> new HashSet<>());
  }

  /**
   * A line of the ledger was written.
   *
   * @return true when the call stands there for the first time
   */
  boolean line(String key, LedgerLine line) {
    if (!everWritten.add(key)) {
      return false; // what is noted on it later: a refund has a line of its own
    }
    lines.add(line);
    return true;
  }

  /** Whether an account is known as one of no swarm. */
  boolean isOwn(String id) {
    return Optional.ofNullable(accounts.get(id)).or(() -> before.getOrDefault(id, Optional.empty())).filter(account -> !isSwarms(account)).isPresent();
  }

  /** Judges the revision that is complete now. */
  void judge(Finder finder) {
    if (before.isEmpty() && lines.isEmpty()) {
      return;
    }
    Set<String> concerned = new LinkedHashSet<>(before.keySet());
    for (Map.Entry<String, Optional<Account>> change : before.entrySet()) {
      change.getValue().ifPresent(was -> concerned.add(was.getParentId()));
      Optional.ofNullable(accounts.get(change.getKey())).ifPresent(is -> concerned.add(is.getParentId()));
    }
    concerned.remove("");
    concerned.forEach(id -> family(id, finder));
    before.keySet().stream().filter(accounts::containsKey).forEach(id -> sums(accounts.get(id), finder));
    outside(finder);
    spent(finder);
    before.clear();
    lines.clear();
  }

  private void sums(Account account, Finder finder) {
    long left =
        account.getGrantedMicros() - account.getSettledMicros() - account.getSpentBelowMicros() - account.getAllottedMicros() + account.getHandedMicros();
    if (left != account.getCreditMicros()) {
      finder.found(Invariant.I7_MONEY_IS_CONSERVED, account.getAccountId(), "credit is " + account.getCreditMicros() + " and the amounts make " + left);
    }
    TokenMeter tokens = account.getTokens();
    long tokensLeft =
        tokens.getGranted() - tokens.getUsedInput() - tokens.getUsedOutput() - tokens.getUsedBelow() - tokens.getAllotted() + tokens.getHanded();
    boolean negative =
        List.<ToLongFunction<Account>>of(
                    Account::getGrantedMicros,
                    Account::getDrawnMicros,
                    Account::getSettledMicros,
                    Account::getSpentBelowMicros,
                    Account::getAllottedMicros,
                    Account::getHandedMicros,
                    Account::getCreditMicros)
                .stream()
                .anyMatch(amount -> amount.applyAsLong(account) < 0)
            || tokensLeft < 0
            || tokens.getDrawn() < 0;
    if (negative) {
      finder.found(Invariant.I7_MONEY_IS_CONSERVED, account.getAccountId(), "an amount is negative: " + account);
    }
  }

  private void family(String id, Finder finder) {
    Set<String> beneath = of(id);
    Account parent = accounts.get(id);
    if (parent == null) {
      if (!beneath.isEmpty()) {
        finder.found(Invariant.I7_MONEY_IS_CONSERVED, id, "it is gone, and " + beneath + " stand beneath it");
      }
      return;
    }
    long drawn = beneath.stream().mapToLong(child -> accounts.get(child).getDrawnMicros()).sum();
    long tokens = beneath.stream().mapToLong(child -> accounts.get(child).getTokens().getDrawn()).sum();
    if (drawn != parent.getAllottedMicros() || tokens != parent.getTokens().getAllotted()) {
      finder.found(
          Invariant.I7_MONEY_IS_CONSERVED,
          id,
          "it has given " + parent.getAllottedMicros() + " micro-USD and " + parent.getTokens().getAllotted() + " tokens, and " + drawn + " and " + tokens + " were drawn");
    }
    if (parent.getChildren() != beneath.size()) {
      finder.found(Invariant.WELL_FORMED, id, "it counts " + parent.getChildren() + " accounts beneath it, and there are " + beneath.size());
    }
  }

  /** Money comes in by grants and leaves with a tree that is closed. What is unlimited makes its own. */
  private void outside(Finder finder) {
    if (before.entrySet().stream().anyMatch(change -> makesMoney(change.getValue()) || makesMoney(Optional.ofNullable(accounts.get(change.getKey()))))) {
      return;
    }
    long told = lines.stream().mapToLong(LedgerLine::getOutsideMicros).sum();
    for (Map.Entry<String, Optional<Account>> change : before.entrySet()) {
      told += granted(change.getValue(), Optional.ofNullable(accounts.get(change.getKey())));
    }
    long came = change(account -> account.getGrantedMicros() - account.getDrawnMicros());
    if (came != told) {
      finder.found(Invariant.I7_MONEY_IS_CONSERVED, before.keySet().toString(), "there are " + came + " micro-USD more than before, and " + told + " were granted");
    }
  }

  /** An account of a swarm that was written before there were kinds tells less: it is judged with its swarm. */
  private static boolean makesMoney(Optional<Account> account) {
    return account.filter(found -> found.getUnlimited() || found.getKind() == AccountKind.ACCOUNT_KIND_UNSPECIFIED).isPresent();
  }

  private static long granted(Optional<Account> was, Optional<Account> is) {
    Set<String> known = new HashSet<>();
    was.ifPresent(account -> account.getGrantsList().forEach(entry -> known.add(entry.getRequestId())));
    return is.map(account -> account.getGrantsList().stream().filter(entry -> !known.contains(entry.getRequestId())).mapToLong(GrantEntry::getAmountMicros).sum())
        .orElse(0L);
  }

  /** Only charges and bookings spend, and only refunds give back; closing and moving accounts leaves what was spent where it can be found. */
  private void spent(Finder finder) {
    long more = change(account -> account.getSettledMicros() + account.getSpentBelowMicros() - account.getHandedMicros());
    long booked = change(account -> isSwarms(account) ? account.getSettledMicros() : 0); // judged with the swarm
    long told = lines.stream().filter(line -> isOwn(line.getAccountId())).mapToLong(TreeBooks::spending).sum();
    if (more != booked + told) {
      finder.found(
          Invariant.I7_MONEY_IS_CONSERVED, before.keySet().toString(), "spend grew by " + more + " micro-USD, of which " + booked + " of swarms, and " + told + " were charged");
    }
  }

  /** What a line adds to what was spent. */
  static long spending(LedgerLine line) {
    return switch (line.getOperation()) {
      case ACCOUNT_OPERATION_CHARGED -> line.getAmountMicros();
      case ACCOUNT_OPERATION_REFUNDED -> -line.getAmountMicros();
      case ACCOUNT_OPERATION_OPENED,
          ACCOUNT_OPERATION_CLOSED,
          ACCOUNT_OPERATION_PLACED,
          ACCOUNT_OPERATION_GRANTED,
          ACCOUNT_OPERATION_TRANSFERRED,
          ACCOUNT_OPERATION_DRAWN,
          ACCOUNT_OPERATION_UNSPECIFIED,
          UNRECOGNIZED -> 0;
    };
  }

  private static boolean isSwarms(Account account) {
    return account.getKind() == AccountKind.ACCOUNT_KIND_SWARM || account.getKind() == AccountKind.ACCOUNT_KIND_UNSPECIFIED;
  }

  private long change(ToLongFunction<Account> amount) {
    long change = 0;
    for (Map.Entry<String, Optional<Account>> entry : before.entrySet()) {
      change += Optional.ofNullable(accounts.get(entry.getKey())).map(amount::applyAsLong).orElse(0L) - entry.getValue().map(amount::applyAsLong).orElse(0L);
    }
    return change;
  }
}
