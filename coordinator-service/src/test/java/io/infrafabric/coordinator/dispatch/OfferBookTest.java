package io.infrafabric.coordinator.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.task.ReadyTask;
import io.infrafabric.coordinator.task.Requirement;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class OfferBookTest {
  private static final SwarmId FOX = new SwarmId("fox");
  private static final SwarmId OWL = new SwarmId("owl");
  private static final Instant UNTIL = Samples.NOW.plusSeconds(1);
  private final OfferBook book = new OfferBook();

  private static ReadyTask task(String id, long revision) {
    TaskSpec spec = Samples.spec(id).build();
    return new ReadyTask(
        new ReadyTask.Place(0, new TaskId(id)), spec, Requirement.of(spec), revision, 0, TraceContext.getDefaultInstance());
  }

  @Test
  void task_ringsUntilItsTime() {
    book.ring(task("t1", 5), List.of(FOX, OWL), UNTIL);
    assertThat(book.isRinging(task("t1", 5))).isTrue();
    assertThat(book.outstanding(FOX)).isEqualTo(1);
    book.settle(task -> true, UNTIL.minus(Duration.ofNanos(1)));
    assertThat(book.isRinging(task("t1", 5))).isTrue();
    book.settle(task -> true, UNTIL);
    assertThat(book.isRinging(task("t1", 5))).isFalse();
    assertThat(book.outstanding(FOX)).isZero();
    assertThat(book.tried(task("t1", 5))).containsExactlyInAnyOrder(FOX, OWL);
  }

  @Test
  void task_isForgottenOnceItIsNotReady() {
    book.ring(task("t1", 5), List.of(FOX), UNTIL);
    book.settle(task -> false, Samples.NOW);
    assertThat(book.outstanding(FOX)).isZero();
    assertThat(book.tried(task("t1", 5))).isEmpty();
  }

  @Test
  void newVersionOfATask_beginsAnew() {
    book.ring(task("t1", 5), List.of(FOX), UNTIL);
    assertThat(book.isRinging(task("t1", 9))).isFalse();
    assertThat(book.tried(task("t1", 9))).isEmpty();
    book.ring(task("t1", 9), List.of(OWL), UNTIL);
    assertThat(book.outstanding(FOX)).isZero();
    assertThat(book.outstanding(OWL)).isEqualTo(1);
    assertThat(book.isRinging(task("t1", 5))).isFalse();
  }

  @Test
  void offers_areCountedForEachSwarm() {
    book.ring(task("t1", 5), List.of(FOX), UNTIL);
    book.ring(task("t2", 6), List.of(FOX, OWL), UNTIL.plusSeconds(1));
    assertThat(book.outstanding(FOX)).isEqualTo(2);
    book.settle(task -> true, UNTIL);
    assertThat(book.outstanding(FOX)).isEqualTo(1);
    book.settle(task -> true, UNTIL.plusSeconds(1));
    book.settle(task -> true, UNTIL.plusSeconds(2));
    assertThat(book.outstanding(FOX)).isZero();
    assertThat(book.outstanding(OWL)).isZero();
  }

  @Test
  void triedSwarms_areForgottenWhenTheBestIsToBeginAgain() {
    book.ring(task("t1", 5), List.of(FOX), UNTIL);
    book.settle(task -> true, UNTIL);
    book.forgetTried(task("t1", 5));
    assertThat(book.tried(task("t1", 5))).isEmpty();
  }
}
