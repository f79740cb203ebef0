package io.infrafabric.coordinator.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.plan.PlanOrders.Age;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.error.RefusedException;
import io.infrafabric.kit.time.Times;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PlanOrdersTest {
  private final PlanOrders orders = new PlanOrders();

  private static PlanRecord plan(String id, int second) {
    return PlanRecord.newBuilder().setPlanId(id).setCreatedAt(Times.toProto(Samples.NOW.plusSeconds(second))).build();
  }

  private static List<String> ids(Collection<Age> ages) {
    return ages.stream().map(Age::planId).toList();
  }

  @BeforeEach
  void put() {
    for (PlanRecord plan : List.of(plan("b", 1), plan("a", 1), plan("c", 0), plan("d", 2))) {
      orders.changed(Optional.empty(), Optional.of(plan));
    }
  }

  @Test
  void newestGoesFirst_andOfEquallyOldOnesTheFirstById() {
    assertThat(ids(orders.after(Optional.empty()))).containsExactly("d", "a", "b", "c");
    assertThat(ids(orders.afterId(""))).containsExactly("a", "b", "c", "d");
  }

  @Test
  void pageGoesOnAfterItsToken_thoughThatPlanIsGone() {
    Age last = Age.of(plan("a", 1));
    assertThat(last.token()).isEqualTo(Samples.NOW.plusSeconds(1).getEpochSecond() + "-0-a");
    orders.changed(Optional.of(plan("a", 1)), Optional.empty());
    assertThat(ids(orders.after(Optional.of(Age.parse(last.token()))))).containsExactly("b", "c");
    assertThat(ids(orders.afterId("a"))).containsExactly("b", "c", "d");
    assertThat(ids(orders.afterId(""))).containsExactly("b", "c", "d");
  }

  @Test
  void planThatTakesAFreeId_isAsOldAsItself() {
    orders.changed(Optional.of(plan("c", 0)), Optional.empty());
    orders.changed(Optional.empty(), Optional.of(plan("c", 9)));
    assertThat(ids(orders.after(Optional.empty()))).containsExactly("c", "d", "a", "b");
  }

  @Test
  void anyOtherToken_isRefused() {
    for (String token : List.of("a", "1-a", "-1-0-a", "1-0-", "1-0-A!", "999999999999-0-a", "1-9999999999-a")) {
      assertThatThrownBy(() -> Age.parse(token))
          .as(token)
          .isInstanceOfSatisfying(RefusedException.class, refused -> assertThat(refused.refusal().code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT))
          .hasMessageContaining("page_token");
    }
  }
}
