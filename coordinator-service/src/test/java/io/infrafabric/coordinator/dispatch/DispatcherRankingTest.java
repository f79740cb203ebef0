package io.infrafabric.coordinator.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.Samples;
import io.infrafabric.names.SwarmId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a dispatcher makes of what the governor says, or does not say, of who is best. */
class DispatcherRankingTest extends DispatcherCalls {
  @Test
  void firstRanking_isHeardWhenItComesLater() {
    swarms("s1");
    CompletableFuture<List<SwarmId>> later = new CompletableFuture<>();
    governor = r -> later;
    task("t1");
    assertThat(pass()).isEmpty();
    later.complete(List.of(new SwarmId("s1")));
    assertThat(pass()).containsExactly("t1->s1");
  }

  @Test
  void ranking_isAskedForOnce_andAgainWhenItIsOld() {
    swarms("s1", "s2");
    ranks("s1");
    task("t1");
    task("t2");
    pass();
    pass();
    assertThat(asked).hasSize(1);
    now = now.plus(TIMEOUT);
    ranks("s2");
    pass();
    assertThat(asked).hasSize(2);
  }

  @Test
  void governorThatIsAway_isDoneWithout() {
    swarms("s1", "s2");
    governor = r -> CompletableFuture.failedFuture(new IllegalStateException("away"));
    task("t1");
    List<String> heard = new ArrayList<>(pass());
    now = now.plus(FURTHER);
    heard.addAll(pass());
    assertThat(heard).as("those who are alive and may").containsExactlyInAnyOrder("t1->s1", "t1->s2");
  }

  @Test
  void governorThatThrows_isAskedAgain() {
    swarms("s1");
    governor = r -> {
      throw new IllegalStateException("no channel");
    };
    task(Samples.spec("t1", "z:z"), Duration.ZERO);
    pass();
    now = now.plus(TIMEOUT);
    pass();
    assertThat(asked).hasSize(2);
  }

  @Test
  void governorThatHasGoneAway_isBelievedWhatItSaidLast() {
    swarms("s1", "s2", "s3", "s4");
    ranks("s3");
    task("t1");
    assertThat(pass()).containsExactly("t1->s3");
    governor = r -> CompletableFuture.failedFuture(new IllegalStateException("away"));
    now = now.plus(TIMEOUT);
    assertThat(pass()).containsExactly("t1->s3");
  }

  /** Invariant I11: an idle swarm beyond those that the governor names at once is found. */
  @Test
  void swarmThatIsNotAmongTheThousandNamed_isRungWhenNoneOfThemHasRoom() {
    swarm(Samples.standing("idle", "a:b"));
    String[] thousand = IntStream.range(0, Ranking.MOST).mapToObj(i -> "busy-" + i).toArray(String[]::new);
    ranks(thousand);
    task("t1");
    assertThat(pass()).containsExactly("t1->idle");
  }

  @Test
  void governorThatNamesAll_isNotSecondGuessed() {
    swarms("s1", "s2");
    swarm(Samples.standing("full", "a:b").setMaxConcurrent(1));
    put(KEYS.commitments(new SwarmId("full")), Samples.book("full", Samples.open("c1", 1)));
    ranks("full");
    task("t1");
    assertThat(pass()).isEmpty();
  }
}
