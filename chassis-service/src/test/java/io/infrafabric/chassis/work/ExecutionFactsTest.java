package io.infrafabric.chassis.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.chassis.v1.Execution;
import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.kit.telemetry.Telemetry;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ExecutionFactsTest {
  private final MemoryBus bus = new MemoryBus();
  private final ExecutionFacts facts = new ExecutionFacts(bus, Telemetry.none().metrics().counter("dropped", "facts"));
  private final AtomicInteger hints = new AtomicInteger();

  private void add(String claim) {
    facts.add(Execution.newBuilder().setTaskId("t").setClaimId(claim).build(), TraceContext.getDefaultInstance());
  }

  @Test
  void fact_isSentAtOnce() throws Exception {
    facts.onWaiting(hints::incrementAndGet);
    add("c1");
    assertThat(hints).hasValue(1);
    facts.runOnce();
    assertThat(bus.durable).containsOnlyKeys("c1");
  }

  @Test
  void factsWhileNatsIsAway_waitWithoutAHint_andGoOutTogether() throws Exception {
    facts.onWaiting(hints::incrementAndGet);
    add("c1");
    bus.away = true;
    assertThatThrownBy(facts::runOnce).hasMessageContaining("UNAVAILABLE");
    add("c2");
    add("c3");
    assertThat(hints).as("rounds that were asked for").hasValue(1);

    bus.away = false;
    facts.runOnce();
    assertThat(bus.durable).containsOnlyKeys("c1", "c2", "c3");
    add("c4");
    assertThat(hints).hasValue(2);
  }
}
