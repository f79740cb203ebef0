package io.infrafabric.kit.store;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** What is said of a call that waits for its turn until nobody waits any more: who is to blame, and that nothing was done. */
class ReplicaTurnTest extends ReplicaCalls {
  private static final String STUCK = ROOT + "stuck";
  private static final Duration PATIENCE = Duration.ofMillis(300);

  private final CompletableFuture<Void> hold = new CompletableFuture<>();

  /** Two groups may be under way, so that others go on beside one that is stuck. */
  private static ReplicaSettings twoLanes(Duration patience) {
    return new ReplicaSettings(120, 1 << 20, 2, 1_000, patience, 50, Duration.ofMillis(20));
  }

  /** What was asked for before is sent before what is asked for after. */
  private static void underWay(Replica replica) {
    CompletableFuture<Void> seen = new CompletableFuture<>();
    replica.execute(() -> seen.complete(null));
    get(seen);
  }

  private static Refusal refusal(CompletableFuture<?> call) {
    Throwable failure = catchThrowable(() -> call.orTimeout(60, SECONDS).join());
    assertThat(failure).hasCauseInstanceOf(RefusedException.class);
    return ((RefusedException) failure.getCause()).refusal();
  }

  @Test
  void whoWaitsBehindOthers_whileTheStoreAnswers_isOverloaded_andHasDoneNothing() {
    Replica replica = open(new StuckStore(memory, STUCK, batch -> hold.thenCompose(now -> memory.commit(batch))), twoLanes(PATIENCE));
    CompletableFuture<Long> first = replica.decide(Write.create(STUCK, "first"));
    underWay(replica);
    CompletableFuture<Long> second = replica.decide(Write.replace(STUCK, "first", "second"));
    get(replica.decide(Write.create(ROOT + "other", "1")));

    Refusal refusal = refusal(second);
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_OVERLOADED);
    assertThat(refusal.message()).isEqualTo("the call waited 300 ms for its turn behind others; nothing was written");
    assertThat(refusal.retryAfter()).contains(Duration.ofSeconds(1));
    assertThat(first).as("what was sent is waited for").isNotDone();
    assertThat(replica.reachable()).isTrue();

    hold.complete(null);
    get(first);
    get(replica.decide(Write.create(ROOT + "later", "1")));
    assertThat(memory.entries(STUCK)).extracting(entry -> entry.value().toStringUtf8()).containsExactly("first");
  }

  @Test
  void whoWaitsBehindOthers_whileTheStoreIsSilent_isToldThatItDoesNotAnswer() {
    Duration longer = Duration.ofMillis(2_500); // than a silence is believed in
    Replica replica = open(new SlowStore(memory, hold, CompletableFuture.completedFuture(null)), twoLanes(longer));
    CompletableFuture<Long> first = replica.decide(Write.create(STUCK, "first"));
    underWay(replica);
    CompletableFuture<Long> second = replica.decide(Write.replace(STUCK, "first", "second"));

    Refusal refusal = refusal(second);
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_UNAVAILABLE);
    assertThat(refusal.message()).isEqualTo("etcd does not answer; nothing was written");
    assertThat(refusal.retryAfter()).contains(Duration.ofSeconds(1));

    hold.complete(null);
    get(first);
    get(replica.decide(Write.create(ROOT + "later", "1")));
    assertThat(memory.entries(STUCK)).extracting(entry -> entry.value().toStringUtf8()).containsExactly("first");
  }

  /** Though others are answered: nobody knows what became of it, and so nobody says that it had no effect. */
  @Test
  void whatWasSentAndNotAnswered_staysOfUnknownOutcome() {
    Outcome lost = new Outcome.Unknown(new TimeoutException("no answer"), true);
    Replica replica =
        open(
            new StuckStore(memory, STUCK, batch -> memory.commit(batch).thenApply(done -> Collections.<Outcome>nCopies(batch.size(), lost))),
            twoLanes(PATIENCE));
    assertThat(refusal(replica.decide(Write.create(STUCK, "first"))).code()).isEqualTo(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN);
    assertThat(memory.entries(STUCK)).as("it was done").hasSize(1);
  }

  @Test
  void whatWasNeverSent_hadNoEffect() {
    Outcome unsent = new Outcome.Unknown(new TimeoutException("no connection"), false);
    Replica replica = open(new StuckStore(memory, STUCK, batch -> CompletableFuture.completedFuture(Collections.nCopies(batch.size(), unsent))), twoLanes(PATIENCE));
    assertThat(refusal(replica.decide(Write.create(STUCK, "first"))).code())
        .as("UNAVAILABLE or OVERLOADED: both say that nothing was written")
        .isIn(ErrorCode.ERROR_CODE_UNAVAILABLE, ErrorCode.ERROR_CODE_OVERLOADED);
    assertThat(memory.entries(STUCK)).isEmpty();
  }

  @Test
  void whoWaitsWhenTheProcessStops_isToldThat() {
    Replica replica = open(new StuckStore(memory, STUCK, batch -> hold.thenCompose(now -> memory.commit(batch))), ReplicaSettings.defaults());
    replica.decide(Write.create(STUCK, "first"));
    underWay(replica);
    CompletableFuture<Long> second = replica.decide(Write.replace(STUCK, "first", "second"));
    replica.close();
    assertThat(List.of(refusal(second).message(), refusal(replica.decide(Write.create(ROOT + "a", "1"))).message()))
        .containsOnly("this process is stopping; nothing was written");
  }
}
