package io.infrafabric.testkit.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NatsVandalTest {
  private static final int MESSAGES = 500;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private static String sent() {
    StringBuilder text = new StringBuilder("CONNECT {}\r\n");
    IntStream.range(0, MESSAGES).forEach(i -> text.append("PUB a.b 5\r\n").append("%05d\r\n".formatted(i)));
    return text.append("PING\r\n").toString();
  }

  private void pump(NatsVandal vandal) throws IOException {
    vandal.pump(new ByteArrayInputStream(sent().getBytes(StandardCharsets.UTF_8)), out);
  }

  private List<String> bodies() {
    return Arrays.stream(out.toString(StandardCharsets.UTF_8).split("\r\n")).filter(line -> line.matches("[0-9]{5}")).toList();
  }

  @Test
  void whileItRests_everythingPassesAsItIs() throws IOException {
    try (NatsVandal vandal = new NatsVandal(1)) {
      pump(vandal);
      assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo(sent());
      assertThat(vandal.harmed()).isZero();
    }
  }

  @Test
  void messages_areDroppedDoubledAndReordered_andNothingElseIs() throws IOException {
    try (NatsVandal vandal = new NatsVandal(1)) {
      vandal.set(true);
      pump(vandal);
      await().atMost(Duration.ofSeconds(60)).until(() -> bodies().stream().anyMatch(body -> Collections.frequency(bodies(), body) == 2));
      assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("CONNECT {}\r\n").contains("PING\r\n");
      assertThat(bodies().stream().distinct().count()).as("some are dropped").isLessThan(MESSAGES);
      await().atMost(Duration.ofSeconds(60)).until(() -> !bodies().equals(bodies().stream().sorted().toList()));
      assertThat(vandal.harmed()).isPositive();
    }
  }
}
