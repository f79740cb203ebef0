package io.infrafabric.kit.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.access.Role;
import io.infrafabric.common.v1.TraceContext;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RefusalTallyTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  private final RefusalTally tally = new RefusalTally();

  private void add(String reason, String principal, Instant now) {
    Optional<Principal> caller = principal.isEmpty() ? Optional.empty() : Optional.of(new Principal(principal, Role.SWARM, "jti", "key", Instant.MAX));
    tally.add(reason, caller, "Service/" + principal, TraceContext.getDefaultInstance(), now);
  }

  private List<RefusalTally.Sum> all() {
    List<RefusalTally.Sum> all = new ArrayList<>();
    for (Optional<RefusalTally.Sum> next = tally.take(); next.isPresent(); next = tally.take()) {
      all.add(next.get());
    }
    return all;
  }

  @Test
  void refusalsOfOneCauseAndCaller_areOneSum() {
    add("TOKEN_INVALID", "", NOW);
    add("IMPERSONATION", "fox", NOW.plusSeconds(1));
    add("TOKEN_INVALID", "", NOW.plusSeconds(2));
    add("IMPERSONATION", "owl", NOW.plusSeconds(3));
    List<RefusalTally.Sum> sums = all();
    assertThat(sums).extracting(sum -> sum.cause().reason() + " " + sum.cause().principal() + " " + sum.count()).containsExactly("TOKEN_INVALID  2", "IMPERSONATION fox 1", "IMPERSONATION owl 1");
    assertThat(sums.getFirst().first()).isEqualTo(NOW);
    assertThat(sums.getFirst().last()).isEqualTo(NOW.plusSeconds(2));
    assertThat(sums.get(1).cause().role()).isEqualTo("swarm");
    assertThat(all()).as("taken is taken").isEmpty();
  }

  /** However many names knock: their number is bounded, and none of their calls is lost. */
  @Test
  void callersBeyondTheMost_areCountedTogether() {
    int callers = 3 * RefusalTally.MOST;
    IntStream.range(0, callers).forEach(i -> add("RATE_LIMITED", "swarm-" + i, NOW));
    add("RATE_LIMITED", "swarm-0", NOW);
    assertThat(tally.size()).isEqualTo(RefusalTally.MOST + 1);
    List<RefusalTally.Sum> sums = all();
    assertThat(sums.stream().mapToLong(RefusalTally.Sum::count).sum()).isEqualTo(callers + 1);
    assertThat(sums.getFirst().count()).as("who is told apart stays so").isEqualTo(2);
    assertThat(sums.getLast().cause()).isEqualTo(new RefusalTally.Cause("RATE_LIMITED", "", ""));
    assertThat(sums.getLast().count()).isEqualTo(callers - RefusalTally.MOST);
  }

  @Test
  void budget_hasAMinuteAtOnce_andThenSoManyAMinute() {
    NoteBudget budget = new NoteBudget(30);
    assertThat(IntStream.range(0, 100).filter(i -> budget.take(NOW)).count()).isEqualTo(30);
    assertThat(budget.take(NOW.plusMillis(1_999))).isFalse();
    assertThat(budget.take(NOW.plusSeconds(2))).isTrue();
    Instant later = NOW.plus(Duration.ofHours(1));
    assertThat(IntStream.range(0, 100).filter(i -> budget.take(later)).count()).as("nothing is saved up").isEqualTo(30);
  }
}
