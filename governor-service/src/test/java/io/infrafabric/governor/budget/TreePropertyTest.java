package io.infrafabric.governor.budget;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountKind;
import io.infrafabric.governor.v1.ChargeRequest;
import io.infrafabric.governor.v1.ChargeResponse;
import io.infrafabric.governor.v1.CloseAccountRequest;
import io.infrafabric.governor.v1.CreateAccountRequest;
import io.infrafabric.governor.v1.GrantRequest;
import io.infrafabric.governor.v1.PlaceAccountRequest;
import io.infrafabric.governor.v1.RefundRequest;
import io.infrafabric.governor.v1.TokenUse;
import io.infrafabric.governor.v1.TransferRequest;
import io.infrafabric.testkit.store.Faults;
import io.infrafabric.testkit.store.FaultyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * I7 and I8 under 64 writers: they charge, refund, move, open and close accounts through two governors whose calls to the store are lost, late or
 * done without an answer, and send requests twice. Judged by the store's history, revision by revision, and in the end by what the writers were
 * told. {@code -Dinfrafabric.charges=1000000} is the long form; {@code -Dinfrafabric.seed} repeats one.
 */
class TreePropertyTest {
  private static final int CHARGES = Integer.getInteger("infrafabric.charges", 4_000);
  private static final int WRITERS = 64;
  private static final int EACH = Math.ceilDiv(CHARGES, WRITERS);
  private static final int SWARMS = 8;
  private static final int STEPS = 12;
  private static final long GRANTED = 1_000_000_000L;
  private static final int LONG_FORM = 100_000;

  /** A miss holds everybody up for a while: in the long form they are rarer, and there are many more of them. */
  private static final Faults SOME =
      CHARGES < LONG_FORM ? new Faults(0.02, 0.01, 0.02, 0.01, 0.02, Duration.ofMillis(3)) : new Faults(0.002, 0.001, 0.002, 0.001, 0.002, Duration.ofMillis(3));

  private final long seed = Long.getLong("infrafabric.seed", System.nanoTime());
  private final AtomicLong spent = new AtomicLong();
  private final AtomicLong charged = new AtomicLong();
  private final AtomicInteger tries = new AtomicInteger();
  private final Map<ErrorCode, Integer> refused = new EnumMap<>(ErrorCode.class);
  private final List<String> accounts = new ArrayList<>();

  @Test
  void anyCharges_areBookedOnce_andMoneyIsConserved() throws Exception {
    Instant begin = Instant.now();
    try (TreeCell cell = new TreeCell(Duration.ofMinutes(1));
        ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
      FaultyStore first = new FaultyStore(cell.store, seed);
      FaultyStore second = new FaultyStore(cell.store, seed + 1);
      List<AccountTree> trees = List.of(cell.tree(first), cell.tree(second));
      plant(cell, trees.getFirst());
      first.set(SOME);
      second.set(SOME);
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        Writer writer = new Writer(i, cell, trees, new Random(seed + 100 + i));
        all.add(writers.submit(writer));
      }
      for (Future<?> one : all) {
        one.get();
      }
      first.set(Faults.NONE);
      second.set(Faults.NONE);
      assertThat(cell.violations()).as("seed %d", seed).isEmpty();
      List<Account> now = cell.accounts();
      long booked = now.stream().mapToLong(account -> account.getSettledMicros() + account.getSpentBelowMicros() - account.getHandedMicros()).sum();
      assertThat(booked).as("seed %d: what the writers were told", seed).isEqualTo(spent.get());
      long left = now.stream().mapToLong(Account::getCreditMicros).sum();
      assertThat(left + booked).as("seed %d: granted", seed).isEqualTo(GRANTED);
      assertThat(charged.get()).as("seed %d: charges", seed).isGreaterThanOrEqualTo(CHARGES);
      System.out.printf(
          "seed %d: %d charges booked of %d asked for, %d tries, refused %s, in %d s%n",
          seed, charged.get(), CHARGES, tries.get(), refused, Duration.between(begin, Instant.now()).toSeconds());
    }
  }

  /** An organisation with swarms, runs and steps. */
  private void plant(TreeCell cell, AccountTree tree) {
    create(tree, "acme", "", AccountKind.ACCOUNT_KIND_ORGANISATION, 0).join();
    tree.grant(GrantRequest.newBuilder().setRequestId("g").setAccountId("acme").setAmountMicros(GRANTED).build()).join();
    for (int i = 0; i < SWARMS; i++) {
      String swarm = "s" + i;
      cell.swarm(swarm);
      tree.place(PlaceAccountRequest.newBuilder().setRequestId("p").setAccountId(swarm).setParentId("acme").build()).join();
      transfer(tree, "t-" + swarm, "acme", swarm, GRANTED / 100).join();
      create(tree, swarm + "-run", swarm, AccountKind.ACCOUNT_KIND_RUN, GRANTED / 1_000).join();
      accounts.addAll(List.of(swarm, swarm + "-run"));
      for (int step = 0; step < STEPS; step++) {
        create(tree, swarm + "-step-" + step, swarm + "-run", AccountKind.ACCOUNT_KIND_STEP, 2_000).join();
        accounts.add(swarm + "-step-" + step);
      }
    }
  }

  private static CompletableFuture<?> create(AccountTree tree, String id, String parent, AccountKind kind, long micros) {
    return tree.create(
        CreateAccountRequest.newBuilder().setRequestId("c-" + id).setAccountId(id).setParentId(parent).setKind(kind).setAmountMicros(micros).build());
  }

  private static CompletableFuture<?> transfer(AccountTree tree, String request, String from, String to, long micros) {
    return tree.transfer(TransferRequest.newBuilder().setRequestId(request).setFromAccountId(from).setToAccountId(to).setAmountMicros(micros).build());
  }

  /** One client, which sends a request again until it knows what became of it. */
  private final class Writer implements Runnable {
    private final int number;
    private final TreeCell cell;
    private final List<AccountTree> trees;
    private final Random random;

    Writer(int number, TreeCell cell, List<AccountTree> trees, Random random) {
      this.number = number;
      this.cell = cell;
      this.trees = trees;
      this.random = random;
    }

    @Override
    public void run() {
      for (int booked = 0, i = 0; booked < EACH; i++) {
        String id = "w" + number + "-" + i;
        String account = accounts.get(random.nextInt(accounts.size()));
        booked += charge(id, account) ? 1 : 0; // one that does not fit is refused, and is none of those that were asked for
        if (number == 0 && i % 500 == 499) {
          cell.store.compact(cell.store.revision() - 10_000); // the history is judged as it is written, and need not be kept
        }
        switch (random.nextInt(12)) {
          case 0 -> refund(id, account);
          case 1, 2 -> move(id);
          case 3 -> openAndClose(id);
          default -> {
            // Only charges.
          }
        }
      }
    }

    private AccountTree any() {
      return trees.get(random.nextInt(trees.size()));
    }

    private boolean charge(String id, String account) {
      ChargeRequest.Builder request = ChargeRequest.newBuilder().setRequestId(id).setAccountId(account);
      if (random.nextInt(4) == 0) {
        request.setTokens(TokenUse.newBuilder().setModel("haiku").setInputTokens(random.nextInt(1, 400)).setOutputTokens(random.nextInt(40)));
      } else {
        request.setAmountMicros(random.nextLong(1, 60));
      }
      ChargeRequest charge = request.build();
      // Of some a second copy is on its way at the same time: if this one is refused, that one may yet have been booked.
      Optional<CompletableFuture<ChargeResponse>> copy = random.nextInt(8) == 0 ? Optional.of(any().charge(charge)) : Optional.empty();
      boolean booked = known(() -> any().charge(charge), this::booked);
      if (!booked && copy.isPresent() && copy.get().handle((done, failure) -> failure == null || mayBeDone(failure)).join()) {
        return known(() -> any().charge(charge), this::booked);
      }
      return booked;
    }

    private void booked(ChargeResponse done) {
      charged.incrementAndGet();
      spent.addAndGet(done.getAmountMicros());
    }

    private static boolean mayBeDone(Throwable failure) {
      return ReplicaAccounts.code(failure).filter(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN::equals).isPresent();
    }

    private void refund(String id, String account) {
      RefundRequest refund = RefundRequest.newBuilder().setRequestId(id + "-f").setAccountId(account).setChargeRequestId(id).build();
      known(() -> any().refund(refund), done -> spent.addAndGet(-done.getRefundedMicros()));
    }

    private void move(String id) {
      String swarm = "s" + random.nextInt(SWARMS);
      String[] ways = {"acme", swarm, swarm + "-run", swarm + "-step-" + random.nextInt(STEPS)};
      int at = random.nextInt(3);
      boolean down = random.nextInt(3) > 0;
      long micros = random.nextLong(1, 3_000);
      known(() -> transfer(any(), id + "-t", ways[down ? at : at + 1], ways[down ? at + 1 : at], micros), done -> {});
    }

    /** A step of its own, charged once and closed with what is left of it. */
    private void openAndClose(String id) {
      String swarm = "s" + random.nextInt(SWARMS);
      String step = "x" + number + "-" + id.substring(id.indexOf('-') + 1);
      if (!known(() -> create(any(), step, swarm + "-run", AccountKind.ACCOUNT_KIND_STEP, 500), done -> {})) {
        return;
      }
      charge(id + "-x", step);
      CloseAccountRequest close = CloseAccountRequest.newBuilder().setRequestId(id + "-k").setAccountId(step).build();
      known(() -> any().close(close), done -> {});
    }

    /** Sends until the outcome is known; whether it was done. */
    private <T> boolean known(Supplier<CompletableFuture<T>> call, Consumer<T> done) {
      while (true) {
        tries.incrementAndGet();
        try {
          done.accept(call.get().join());
          return true;
        } catch (CompletionException failure) {
          ErrorCode code = ReplicaAccounts.code(failure).orElse(ErrorCode.ERROR_CODE_UNAVAILABLE);
          switch (code) {
            // Again, with the same request id.
            case ERROR_CODE_OUTCOME_UNKNOWN, ERROR_CODE_CONTENDED, ERROR_CODE_UNAVAILABLE, ERROR_CODE_OVERLOADED ->
                new CompletableFuture<Void>().completeOnTimeout(null, 5, TimeUnit.MILLISECONDS).join();
            default -> {
              synchronized (refused) {
                refused.merge(code, 1, Integer::sum);
              }
              return false;
            }
          }
        }
      }
    }
  }
}
