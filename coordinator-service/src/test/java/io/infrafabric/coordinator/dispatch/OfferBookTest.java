package io.infrafabric.coordinator.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.task.ReadyTask;
import io.infrafabric.coordinator.task.Requirement;
import io.infrafabric.coordinator.v1.Push;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class OfferBookTest {
  private static final SwarmId FOX = new SwarmId("fox");
  private static final SwarmId OWL = new SwarmId("owl");
  private static final Instant LATER = Samples.NOW.plusMillis(100);
  private static final Instant UNTIL = Samples.NOW.plusSeconds(1);
  private final OfferBook book = new OfferBook();

  private static ReadyTask task(String id, long revision) {
    TaskSpec spec = Samples.spec(id).build();
    return new ReadyTask(
        new ReadyTask.Place(0, new TaskId(id)), spec, Requirement.of(spec), revision, 0, Push.getDefaultInstance(), 0);
  }

  private void ring(ReadyTask task, SwarmId swarm, Instant until) {
    book.ring(task, swarm, until, LATER);
  }

  @Test
  void task_ringsUntilItsTime() {
    ring(task("t1", 5), FOX, UNTIL);
    ring(task("t1", 5), OWL, UNTIL);
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
  void task_mayRingOneMore_whenItIsTimeAndThereIsRoom() {
    assertThat(book.mayRing(task("t1", 5), 2, Samples.NOW)).isTrue();
    ring(task("t1", 5), FOX, UNTIL);
    assertThat(book.mayRing(task("t1", 5), 2, Samples.NOW)).isFalse();
    assertThat(book.mayRing(task("t1", 5), 2, LATER)).isTrue();
    assertThat(book.mayRing(task("t1", 5), 1, LATER)).isFalse();
    book.wait(task("t1", 5), LATER.plusMillis(1));
    assertThat(book.mayRing(task("t1", 5), 2, LATER)).isFalse();
  }

  @Test
  void eachOffer_endsAtItsOwnTime() {
    ring(task("t1", 5), FOX, UNTIL);
    ring(task("t1", 5), OWL, UNTIL.plusMillis(1));
    book.settle(task -> true, UNTIL);
    assertThat(book.outstanding(FOX)).isZero();
    assertThat(book.outstanding(OWL)).isEqualTo(1);
    assertThat(book.isRinging(task("t1", 5))).isTrue();
  }

  @Test
  void task_isForgottenOnceItIsNotReady() {
    ring(task("t1", 5), FOX, UNTIL);
    book.settle(task -> false, Samples.NOW);
    assertThat(book.outstanding(FOX)).isZero();
    assertThat(book.tried(task("t1", 5))).isEmpty();
  }

  @Test
  void newVersionOfATask_beginsAnew() {
    assertThat(book.hasRung(task("t1", 5))).isFalse();
    ring(task("t1", 5), FOX, UNTIL);
    assertThat(book.hasRung(task("t1", 5))).isTrue();
    assertThat(book.hasRung(task("t1", 9))).isFalse();
    assertThat(book.isRinging(task("t1", 9))).isFalse();
    assertThat(book.tried(task("t1", 9))).isEmpty();
    ring(task("t1", 9), OWL, UNTIL);
    assertThat(book.outstanding(FOX)).isZero();
    assertThat(book.outstanding(OWL)).isEqualTo(1);
    assertThat(book.isRinging(task("t1", 5))).isFalse();
  }

  @Test
  void offers_areCountedForEachSwarm() {
    ring(task("t1", 5), FOX, UNTIL);
    ring(task("t2", 6), FOX, UNTIL.plusSeconds(1));
    ring(task("t2", 6), OWL, UNTIL.plusSeconds(1));
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
    ring(task("t1", 5), FOX, UNTIL);
    book.settle(task -> true, UNTIL);
    book.forgetTried(task("t1", 5));
    assertThat(book.tried(task("t1", 5))).isEmpty();
  }
}
