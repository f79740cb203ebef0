package io.infrafabric.kit.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {
  private static final List<String> KNOWN = List.of("waiting", "ready", "claimed", "unclaimed", "completed");

  @Test
  void nearestWord_isThatWithTheFewestChanges() {
    assertThat(Nearest.to("redy", KNOWN)).contains("ready");
    assertThat(Nearest.to("claim", KNOWN)).contains("claimed");
    assertThat(Nearest.to("nothing-like-it", KNOWN)).isEmpty();
  }

  @Test
  void severalWords_comeNearestFirst_andNoMoreThanAreAskedFor() {
    assertThat(Nearest.some("claimd", KNOWN, 3)).containsExactly("claimed", "unclaimed");
    assertThat(Nearest.some("claimd", KNOWN, 1)).containsExactly("claimed");
    assertThat(Nearest.some("zzzzzz", KNOWN, 3)).isEmpty();
  }
}
