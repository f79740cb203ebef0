package io.infrafabric.coordinator.duty;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.Samples;
import io.infrafabric.names.TaskId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class OutstandingTest {
  private static final Instant NOW = Samples.NOW;

  private boolean elected = true;
  private final Deference deference = new Deference(() -> elected);
  private final Outstanding outstanding = new Outstanding(deference);
  private final List<String> begun = new ArrayList<>();
  private final Map<String, CompletableFuture<Void>> steps = new HashMap<>();

  private int look(Instant now, String... tasks) {
    Map<TaskId, Supplier<? extends CompletionStage<?>>> due = new HashMap<>();
    for (String task : tasks) {
      due.put(
          new TaskId(task),
          () -> {
            begun.add(task);
            return steps.computeIfAbsent(task, t -> new CompletableFuture<>());
          });
    }
    return outstanding.begin(due, now);
  }

  @Test
  void theElected_actsAtOnce_andOnceAtATime() {
    assertThat(look(NOW, "t1", "t2")).isEqualTo(2);
    assertThat(look(NOW, "t1", "t2", "t3")).as("two are under way").isEqualTo(1);
    steps.remove("t1").completeExceptionally(new IllegalStateException("contended"));
    assertThat(look(NOW, "t1", "t2", "t3")).as("one has failed and shows still").isEqualTo(1);
    assertThat(begun).containsExactlyInAnyOrder("t1", "t2", "t3", "t1");
  }

  @Test
  void others_actOnWhatIsLeftOver_asLongAsItShows() {
    elected = false;
    assertThat(look(NOW, "t1")).isZero();
    assertThat(look(NOW.plusMillis(1_999), "t1")).isZero();
    assertThat(look(NOW.plusMillis(2_000), "t1")).isEqualTo(1);

    assertThat(look(NOW, "t2")).isZero();
    assertThat(look(NOW.plusMillis(1_000))).as("somebody has done it").isZero();
    assertThat(look(NOW.plusMillis(2_000), "t2")).as("it shows anew").isZero();
    assertThat(look(NOW.plusMillis(4_000), "t2")).isEqualTo(1);
  }

  @Test
  void whatBecomesDueByItself_isTheElectedOnesAtOnce() {
    assertThat(deference.actsOnWhatIsDueBy(NOW)).isEqualTo(NOW);
    assertThat(deference.mayAct(NOW.plusSeconds(1), NOW)).as("though the clock was set back").isTrue();
    elected = false;
    assertThat(deference.actsOnWhatIsDueBy(NOW)).isEqualTo(NOW.minusSeconds(2));
  }
}
