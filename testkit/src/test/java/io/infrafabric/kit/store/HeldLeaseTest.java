package io.infrafabric.kit.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.testkit.store.Faults;
import io.infrafabric.testkit.store.FaultyStore;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class HeldLeaseTest {
  private static final Duration TTL = Duration.ofSeconds(10);

  private final AtomicLong nanos = new AtomicLong(1);
  private final MemoryStore memory = new MemoryStore(nanos::get);
  private final FaultyStore store = new FaultyStore(memory, 1);
  private final List<String> heard = new ArrayList<>();
  private final HeldLease lease =
      new HeldLease(
          store,
          TTL,
          Runnable::run,
          nanos::get,
          new HeldLease.Listener() {
            @Override
            public void onHeld(long held) {
              heard.add("held");
            }

            @Override
            public void onLost(long lost) {
              heard.add("lost");
            }
          });

  private void pass(Duration time) {
    long end = nanos.get() + time.toNanos();
    while (nanos.get() < end) {
      nanos.addAndGet(Duration.ofMillis(100).toNanos());
      memory.expire();
      lease.runOnce();
    }
  }

  @Test
  void lease_isGrantedAndKept() {
    lease.runOnce();
    long id = lease.id();
    assertThat(id).isPositive();

    pass(TTL.multipliedBy(5));

    assertThat(lease.id()).isEqualTo(id);
    assertThat(heard).containsExactly("held");
  }

  @Test
  void lease_isNotTrustedBeforeTheStoreEndsIt() {
    lease.runOnce();
    long id = lease.id();
    store.set(Faults.CUT_OFF);

    pass(TTL.minusMillis(500));

    assertThat(lease.id()).isZero();
    assertThat(heard).containsExactly("held", "lost");
    assertThat(memory.keepAlive(id).join()).as("the store still has it").isPresent();
  }

  /** Reading the id looks at the clock, so that a stalled loop is no danger. */
  @Test
  void lease_isNotTrustedWhenItsLoopStandsStill() {
    lease.runOnce();

    nanos.addAndGet(TTL.toNanos());

    assertThat(lease.id()).isZero();
  }

  @Test
  void lease_isReplacedWhenTheStoreIsBack() {
    lease.runOnce();
    long first = lease.id();
    store.set(Faults.CUT_OFF);
    pass(TTL.multipliedBy(2));
    store.set(Faults.NONE);

    pass(Duration.ofSeconds(2));

    assertThat(lease.id()).isPositive().isNotEqualTo(first);
    assertThat(heard).containsExactly("held", "lost", "held");
  }

  @Test
  void lease_isReplacedAtOnceWhenItWasRevoked() {
    lease.runOnce();
    long first = lease.id();
    memory.revokeLease(first);

    pass(TTL.dividedBy(2));

    assertThat(lease.id()).isPositive().isNotEqualTo(first);
    assertThat(heard).containsExactly("held", "lost", "held");
  }

  @Test
  void lease_countsFromWhenTheRenewalWasSent() {
    lease.runOnce();
    store.set(new Faults(1, 0, 0, 0, 0, Duration.ZERO));

    pass(TTL.minusMillis(500));

    assertThat(lease.id()).as("renewed in the store, but nobody told us").isZero();
  }

  @Test
  void close_endsTheLeaseInTheStore() {
    lease.runOnce();
    long id = lease.id();

    lease.close();
    pass(TTL);

    assertThat(lease.id()).isZero();
    assertThat(memory.keepAlive(id).join()).isEmpty();
    assertThat(heard).containsExactly("held");
  }
}
