package io.infrafabric.testkit.history;

import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.CapabilityStop;
import io.infrafabric.governor.v1.LedgerLine;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.testkit.history.Violation.Invariant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;

/**
 * One swarm through its revisions: session, standing, account, book of promises, and the claims that the tasks say it holds.
 * Judged when a whole revision is in, because a transaction writes several of them at once. Money is in micro-USD.
 */
final class SwarmBooks {
  private static final int CONCURRENT_DEFAULT = 3;
  private static final int MOST_CONCURRENT = 200;

  private final Map<String, Long> held = new HashMap<>();
  private final Set<String> everBooked = new HashSet<>();
  private final Set<String> parked = new HashSet<>();
  private final List<Claim> claimed = new ArrayList<>();
  private final Map<String, Long> ended = new HashMap<>();
  private final Map<String, Long> spentOnHelp = new HashMap<>();
  private int resumed;
  private long session;
  private int sessionEnds;
  private Optional<Standing> standing = Optional.empty();
  private Optional<Account> account = Optional.empty();
  private Map<String, Commitment> book = Map.of();
  private final List<LedgerLine> charges = new ArrayList<>();

  private long sessionBefore;
  private Optional<Standing> standingBefore = Optional.empty();
  private Optional<Account> accountBefore = Optional.empty();
  private Map<String, Commitment> bookBefore = Map.of();

  /** A claim that this revision made. */
  private record Claim(String id, long maxCost, long session, List<String> required) {}

  void session(long modRevision) {
    if (modRevision == 0) {
      sessionEnds++;
    }
    session = modRevision;
  }

  void standing(Standing now) {
    standing = Optional.of(now);
  }

  void account(Account now) {
    account = Optional.of(now);
  }

  void book(CommitmentsRecord now) {
    Map<String, Commitment> next = new HashMap<>();
    now.getCommitmentsList().forEach(commitment -> next.put(commitment.getClaimId(), commitment));
    book = next;
  }

  /** The ledger says that something was charged to its account, or given back. */
  void charged(LedgerLine line) {
    charges.add(line);
  }

  /** A task says that the swarm claimed it. */
  void claimed(String claim, long maxCost, long underSession, List<String> required) {
    held.put(claim, maxCost);
    claimed.add(new Claim(claim, maxCost, underSession, required));
  }

  /** A task says that it is parked under the claim, or not any more. */
  void parked(String claim, boolean now) {
    if (now) {
      parked.add(claim);
    } else if (parked.remove(claim)) {
      resumed++;
    }
  }

  /** A task says that the claim ended. */
  void ended(String claim, long cost) {
    held.remove(claim);
    parked.remove(claim);
    ended.put(claim, cost);
  }

  /** A task that this swarm pays for says that a claim of it ended. */
  void helpEnded(String claim, long cost) {
    ended.put(claim, cost);
  }

  /** The session it had before this revision; 0 without one. */
  long sessionBefore() {
    return sessionBefore;
  }

  /** How often a session of it was deleted. */
  int sessionEnds() {
    return sessionEnds;
  }

  /** Judges the revision that is complete now. */
  void judge(BiConsumer<Invariant, String> found) {
    admissions(found);
    promises(found);
    bookings(found);
    account(found);
    claimed.clear();
    ended.clear();
    resumed = 0;
    charges.clear();
    sessionBefore = session;
    standingBefore = standing;
    accountBefore = account;
    bookBefore = book;
  }

  /** A half open breaker lets one claim through. */
  private void probes(long probe, int claims, BiConsumer<Invariant, String> found) {
    boolean before = bookBefore.values().stream().anyMatch(line -> line.getProbesList().contains(probe));
    if (claims > 1 || (claims == 1 && before)) {
      found.accept(Invariant.ADMISSION, "a second claim as probe " + probe);
    }
  }

  /** A claim rests on what was so just before it: the session, the breaker, the money, the room. */
  private void admissions(BiConsumer<Invariant, String> found) {
    if (claimed.isEmpty()) {
      return;
    }
    for (Claim claim : claimed) {
      if (claim.session() == 0 || claim.session() != sessionBefore) {
        found.accept(Invariant.ADMISSION, "claim " + claim.id() + " under session " + claim.session() + " while " + word(sessionBefore));
      }
    }
    if (standingBefore.isEmpty()) {
      found.accept(Invariant.ADMISSION, "a claim of a swarm without standing");
      return;
    }
    Standing by = standingBefore.get();
    if (by.getUnregistered()) {
      found.accept(Invariant.ADMISSION, "a claim of a swarm that is not registered any more");
    }
    if (by.getBreaker() == BreakerState.BREAKER_STATE_OPEN) {
      found.accept(Invariant.ADMISSION, "a claim while the breaker is open");
    }
    if (by.getBreaker() == BreakerState.BREAKER_STATE_HALF_OPEN) {
      probes(by.getProbe(), claimed.size(), found);
    }
    for (CapabilityStop stop : by.getStopsList()) {
      int requiring = (int) claimed.stream().filter(claim -> claim.required().contains(stop.getCapability())).count();
      if (requiring > 0 && stop.getState() == BreakerState.BREAKER_STATE_OPEN) {
        found.accept(Invariant.ADMISSION, "a claim of what requires " + stop.getCapability() + ", whose breaker is open");
      }
      if (stop.getState() == BreakerState.BREAKER_STATE_HALF_OPEN) {
        probes(stop.getProbe(), requiring, found);
      }
    }
    long promised = promised(by);
    if (claimed.stream().anyMatch(claim -> claim.maxCost() > 0) && promised > by.getCreditMicros()) {
      found.accept(Invariant.I7_MONEY_IS_CONSERVED, "a claim that promises " + promised + " of " + by.getCreditMicros() + " micro-USD");
    }
    long most = by.getMaxConcurrent() == 0 ? CONCURRENT_DEFAULT : Math.min(by.getMaxConcurrent(), MOST_CONCURRENT);
    int atWork = held.size() - parked.size() - resumed; // who goes on does so whatever the room, maybe in the same revision
    if (atWork > most) {
      found.accept(Invariant.ADMISSION, "a claim beyond " + most + " at once: " + atWork);
    }
  }

  private static String word(long session) {
    return session == 0 ? "there was none" : "the live one was " + session;
  }

  private long promised(Standing by) {
    Set<String> booked = Set.copyOf(by.getSettledClaimIdsList());
    long total = 0;
    for (Commitment commitment : book.values()) {
      if (isOpen(commitment)) {
        total += commitment.getMaxCostMicros();
      } else if (!booked.contains(commitment.getClaimId())) {
        total += commitment.getCostMicros();
      }
    }
    return total;
  }

  /** The open promises are the claims that tasks are held by, and an ended one leaves only when it is booked or cost nothing. */
  private void promises(BiConsumer<Invariant, String> found) {
    Set<String> open = new TreeSet<>();
    book.values().stream().filter(line -> isOpen(line) && !isHelp(line)).forEach(line -> open.add(line.getClaimId()));
    if (!open.equals(held.keySet())) {
      found.accept(
          Invariant.I7_MONEY_IS_CONSERVED, "promised for " + without(open, held.keySet()) + " but not held; held " + without(held.keySet(), open) + " but not promised");
    }
    Set<String> resting = new TreeSet<>();
    book.values().stream().filter(Commitment::getParked).forEach(commitment -> resting.add(commitment.getClaimId()));
    if (!resting.equals(parked)) {
      found.accept(Invariant.ADMISSION, "no place is taken by " + without(resting, parked) + " not parked; one is by " + without(parked, resting) + " parked");
    }
    for (Claim claim : claimed) {
      Commitment promise = book.get(claim.id());
      if (promise != null && promise.getMaxCostMicros() < claim.maxCost()) {
        found.accept(Invariant.I7_MONEY_IS_CONSERVED, "claim " + claim.id() + " may cost " + claim.maxCost() + " and " + promise.getMaxCostMicros() + " is promised");
      }
    }
    help(found);
    ended.forEach(
        (claim, cost) -> {
          Commitment line = book.get(claim);
          long owed = line == null ? 0 : line.getCostMicros();
          if (owed != cost) {
            found.accept(Invariant.I7_MONEY_IS_CONSERVED, "claim " + claim + " ended at a cost of " + cost + " and " + owed + " is owed");
          }
        });
    bookBefore.forEach(
        (claim, line) -> {
          if (!isOpen(line) && !book.containsKey(claim) && !everBooked.contains(claim)) {
            found.accept(Invariant.I7_MONEY_IS_CONSERVED, "ended claim " + claim + " left the book before it was booked");
          }
        });
  }

  /** A claim, the help that it has had and the help that it may have yet never cost more than was promised for it. */
  private void help(BiConsumer<Invariant, String> found) {
    book.forEach(
        (id, line) -> {
          if (isHelp(line) && !isOpen(line) && !bookBefore.containsKey(id)) {
            spentOnHelp.merge(line.getOutOfClaimId(), line.getCostMicros(), Long::sum);
          }
        });
    spentOnHelp.keySet().retainAll(held.keySet());
    held.forEach(
        (claim, maxCost) -> {
          long help = spentOnHelp.getOrDefault(claim, 0L);
          long own = 0;
          for (Commitment line : book.values()) {
            own += isOpen(line) && line.getClaimId().equals(claim) ? line.getMaxCostMicros() : 0;
            help += isOpen(line) && line.getOutOfClaimId().equals(claim) ? line.getMaxCostMicros() : 0;
          }
          if (own < 0 || own + help > maxCost) {
            found.accept(Invariant.I7_MONEY_IS_CONSERVED, "claim " + claim + " may cost " + maxCost + ", and " + own + " beside help for " + help + " is promised");
          }
        });
  }

  private static boolean isHelp(Commitment commitment) {
    return !commitment.getOutOfClaimId().isEmpty();
  }

  private static Set<String> without(Set<String> all, Set<String> these) {
    Set<String> rest = new TreeSet<>(all);
    rest.removeAll(these);
    return rest;
  }

  /** What is newly listed as booked is paid once, at what it cost, and nothing else is. */
  private void bookings(BiConsumer<Invariant, String> found) {
    Set<String> listed = standingBefore.map(before -> Set.copyOf(before.getSettledClaimIdsList())).orElse(Set.of());
    long due = 0;
    for (String claim : standing.map(Standing::getSettledClaimIdsList).map(List::copyOf).orElse(List.of())) {
      if (listed.contains(claim)) {
        continue;
      }
      Commitment line = book.getOrDefault(claim, bookBefore.get(claim));
      if (!everBooked.add(claim)) {
        found.accept(Invariant.I8_BOOKED_ONCE, "claim " + claim + " is booked again");
      } else if (line == null || isOpen(line)) {
        found.accept(Invariant.I8_BOOKED_ONCE, "claim " + claim + " is booked and has not ended");
      } else {
        due += line.getCostMicros();
      }
    }
    due += charges.stream().mapToLong(TreeBooks::spending).sum();
    long paid = account.map(Account::getSettledMicros).orElse(0L) - accountBefore.map(Account::getSettledMicros).orElse(0L);
    if (paid != due) {
      found.accept(Invariant.I8_BOOKED_ONCE, "booked " + paid + " micro-USD for claims and charges that cost " + due);
    }
  }

  private void account(BiConsumer<Invariant, String> found) {
    if (account.isEmpty() || standing.isEmpty()) {
      return;
    }
    Account money = account.get();
    long left = money.getGrantedMicros() - money.getSettledMicros() - money.getSpentBelowMicros() - money.getAllottedMicros() + money.getHandedMicros();
    if (left != money.getCreditMicros() || money.getCreditMicros() != standing.get().getCreditMicros()) {
      found.accept(
          Invariant.I7_MONEY_IS_CONSERVED,
          "granted " + money.getGrantedMicros() + " is not credit " + money.getCreditMicros() + " (standing: " + standing.get().getCreditMicros() + ") and settled " + money.getSettledMicros());
    }
    if (money.getCreditMicros() < 0 || money.getSettledMicros() < 0) {
      found.accept(Invariant.I7_MONEY_IS_CONSERVED, "credit " + money.getCreditMicros() + ", settled " + money.getSettledMicros());
    }
  }

  /** What is still promised or owed; empty when nothing is. */
  Optional<String> unbooked() {
    Set<String> booked = standing.map(found -> Set.copyOf(found.getSettledClaimIdsList())).orElse(Set.of());
    List<String> left = book.keySet().stream().filter(claim -> !booked.contains(claim)).sorted().toList();
    return left.isEmpty() ? Optional.empty() : Optional.of(left.toString());
  }

  private static boolean isOpen(Commitment commitment) {
    return commitment.getEnd() == ClaimEnd.CLAIM_END_UNSPECIFIED;
  }
}
