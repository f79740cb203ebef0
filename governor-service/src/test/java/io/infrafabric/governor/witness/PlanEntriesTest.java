package io.infrafabric.governor.witness;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Timestamps;
import io.infrafabric.coordinator.v1.PlanCancellation;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.names.Keys;
import io.infrafabric.names.PlanId;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class PlanEntriesTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final PlanRecord PLAN = PlanRecord.newBuilder().setPlanId("p1").setSubmitRequestId("s1").setCreatedAt(Timestamps.fromSeconds(1)).build();

  private final Keys keys = new Keys();
  private final EntryRules rules = new EntryRules(new WitnessedKeys(keys), swarm -> "");

  private EntryLine plan(PlanRecord plan, boolean created) {
    return rules.written(keys.plan(new PlanId("p1")), plan.toByteString(), 7, created, NOW);
  }

  @Test
  void cancellationOfAPlan_isSaid_withItsRequestAndTime_andOnlyOnce() {
    PlanCancellation wish = PlanCancellation.newBuilder().setRequestId("c1").setAt(Timestamps.fromSeconds(2)).build();
    PlanRecord cancelled = PLAN.toBuilder().setCancellation(wish).build();
    assertThat(plan(PLAN, true)).extracting(line -> line.operation + " " + line.request + " " + line.time.getEpochSecond()).isEqualTo("plan.submitted s1 1");
    assertThat(plan(cancelled, false)).extracting(line -> line.operation + " " + line.request + " " + line.time.getEpochSecond()).isEqualTo("plan.cancelled c1 2");
    EntryLine over = plan(cancelled.toBuilder().setOverAt(Timestamps.fromSeconds(3)).build(), false);
    assertThat(over.operation).isEqualTo("plan.changed");
    assertThat(over.request).isEmpty();
    assertThat(over.time).isEqualTo(NOW);
    assertThat(over.plan).isEqualTo("p1");
  }
}
