package io.infrafabric.kit.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import io.opentelemetry.context.Scope;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LifecycleTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  @Test
  void parts_areClosedOnceInReverse_evenIfOneFails() {
    List<String> closed = new CopyOnWriteArrayList<>();
    Lifecycle lifecycle = new Lifecycle("test");
    lifecycle.add("first", () -> closed.add("first"));
    lifecycle.add("second", () -> {
      closed.add("second");
      throw new IllegalStateException("no");
    });
    lifecycle.add("third", () -> closed.add("third"));
    lifecycle.close();
    lifecycle.close();
    assertThat(closed).containsExactly("third", "second", "first");
    assertThat(lifecycle.isStopping()).isTrue();
    assertThatThrownBy(() -> lifecycle.add("late", () -> closed.add("late"))).isInstanceOf(IllegalStateException.class);
    assertThat(closed).endsWith("late");
  }

  @Test
  void awaitStop_returnsWhenAllIsClosed() throws Exception {
    Lifecycle lifecycle = new Lifecycle("test");
    CountDownLatch closing = new CountDownLatch(1);
    lifecycle.add("slow", closing::await);
    Thread waiting = Threads.start("waiting", () -> {
      try {
        lifecycle.awaitStop();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
    Thread closer = Threads.start("closer", lifecycle::close);
    await().atMost(SOON).until(lifecycle::isStopping);
    assertThat(waiting.isAlive()).isTrue();
    closing.countDown();
    assertThat(waiting.join(SOON)).isTrue();
    assertThat(closer.join(SOON)).isTrue();
  }

  @Test
  void round_runsAtOnce_andWhenWokenUp() {
    AtomicInteger rounds = new AtomicInteger();
    try (Periodic periodic = Periodic.start("test", Duration.ofHours(1), rounds::incrementAndGet)) {
      await().atMost(SOON).untilAtomic(rounds, org.hamcrest.Matchers.equalTo(1));
      periodic.wakeUp();
      await().atMost(SOON).untilAtomic(rounds, org.hamcrest.Matchers.equalTo(2));
      assertThat(periodic.runs()).isEqualTo(2);
    }
  }

  @Test
  void round_goesOnAfterFailures_andIsCounted() {
    AtomicInteger rounds = new AtomicInteger();
    try (Periodic periodic = Periodic.start("test", Duration.ofMillis(10), () -> {
      if (rounds.incrementAndGet() <= 2) {
        throw new IllegalStateException("no");
      }
    })) {
      await().atMost(SOON).until(() -> rounds.get() > 4);
      assertThat(periodic.failures()).isEqualTo(2);
    }
  }

  @Test
  void close_waitsForTheRound() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    AtomicInteger done = new AtomicInteger();
    Periodic periodic = Periodic.start("test", Duration.ofHours(1), () -> {
      inside.countDown();
      go.await();
      done.incrementAndGet();
    });
    assertThat(inside.await(10, TimeUnit.SECONDS)).isTrue();
    Thread closer = Threads.start("closer", periodic::close);
    assertThat(closer.isAlive()).isTrue();
    go.countDown();
    assertThat(closer.join(SOON)).isTrue();
    assertThat(done).hasValue(1);
  }

  @Test
  void backoff_growsToItsLimit() {
    assertThat(Periodic.wait(Duration.ofSeconds(1), 0)).isEqualTo(Duration.ofSeconds(1));
    assertThat(Periodic.wait(Duration.ofMillis(10), 1)).isEqualTo(Duration.ofMillis(100));
    assertThat(Periodic.wait(Duration.ofMillis(10), 3)).isEqualTo(Duration.ofMillis(400));
    assertThat(Periodic.wait(Duration.ofMillis(10), 60)).isEqualTo(Duration.ofSeconds(5));
    assertThat(Periodic.wait(Duration.ofHours(1), 60)).isEqualTo(Duration.ofHours(1));
  }

  @Test
  void executor_takesTheContextAlong() throws Exception {
    ContextKey<String> key = ContextKey.named("k");
    try (var executor = Threads.virtualPerTask("test");
        Scope scope = Context.current().with(key, "v").makeCurrent()) {
      assertThat(executor.submit(() -> Context.current().get(key) + Thread.currentThread().isVirtual()).get()).isEqualTo("vtrue");
    }
  }
}
