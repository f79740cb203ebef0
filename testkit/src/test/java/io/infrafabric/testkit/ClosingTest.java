package io.infrafabric.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClosingTest {
  private final List<String> closed = new ArrayList<>();

  @Test
  void each_closesInOrderAndPassesOverWhatWasNeverOpened() throws Exception {
    Closing.each(opened("a"), null, opened("b"));

    assertThat(closed).containsExactly("a", "b");
  }

  @Test
  void each_closesTheOthersWhenOneFails() {
    AutoCloseable broken =
        () -> {
          throw new IllegalStateException("broken");
        };
    AutoCloseable worse =
        () -> {
          throw new IllegalStateException("worse");
        };

    assertThatThrownBy(() -> Closing.each(broken, opened("a"), worse, opened("b")))
        .hasMessage("broken")
        .satisfies(failure -> assertThat(failure.getSuppressed()).extracting(Throwable::getMessage).containsExactly("worse"));
    assertThat(closed).containsExactly("a", "b");
  }

  private AutoCloseable opened(String name) {
    return () -> closed.add(name);
  }
}
