package io.infrafabric.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FreePortsTest {
  @Test
  void next_neverReturnsAPortTwice() {
    assertThat(IntStream.range(0, 200).map(i -> FreePorts.next()).boxed().toList())
        .doesNotHaveDuplicates()
        .allMatch(port -> port < 32_768, "below the ports of outgoing connections");
  }
}
