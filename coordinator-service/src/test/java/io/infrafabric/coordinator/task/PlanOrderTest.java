package io.infrafabric.coordinator.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PlanOrderTest {
  private static TaskSpec task(String id, String... dependencies) {
    return TaskSpec.newBuilder().setTaskId(id).addAllDependsOn(List.of(dependencies)).build();
  }

  @Test
  void task_comesAfterThoseItDependsOn() {
    PlanOrder.Result result = PlanOrder.of(List.of(task("c", "a", "b"), task("b", "a"), task("a", "outside")));
    assertThat(result.refusal()).isEmpty();
    assertThat(result.order()).containsExactly(2, 1, 0);
  }

  @Test
  void independentTasks_keepTheirOrder() {
    assertThat(PlanOrder.of(List.of(task("b"), task("a"), task("c"))).order()).containsExactly(0, 1, 2);
    assertThat(PlanOrder.of(List.of()).order()).isEmpty();
  }

  @Test
  void idThatStandsTwice_isNamed() {
    Refusal refusal = PlanOrder.of(List.of(task("a"), task("b"), task("a"))).refusal().orElseThrow();
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
    assertThat(refusal.message()).contains("a stands twice");
    assertThat(refusal.fields()).extracting(Refusal.Field::path).containsExactly("specs[2].task_id");
  }

  @Test
  void cycle_isNamed() {
    Refusal refusal = PlanOrder.of(List.of(task("free"), task("x", "z"), task("y", "x"), task("z", "y"))).refusal().orElseThrow();
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
    assertThat(refusal.message()).endsWith(": x, z, y").doesNotContain("free");
  }

  @Test
  void cycle_isNamedWithoutThoseThatMerelyWaitForIt() {
    Refusal refusal = PlanOrder.of(List.of(task("after", "x"), task("x", "y"), task("y", "x"))).refusal().orElseThrow();
    assertThat(refusal.message()).endsWith("x, y");
  }

  @Test
  void randomPlans_areOrdered() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 50; round++) {
      int size = 1 + random.nextInt(60);
      List<TaskSpec> specs = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        int self = i;
        specs.add(task("t" + i, IntStream.range(0, i).filter(d -> random.nextInt(4) == 0 && d < self).mapToObj(d -> "t" + d).toArray(String[]::new)));
      }
      Collections.shuffle(specs, random);
      List<Integer> order = PlanOrder.of(specs).order();
      assertThat(order).as("seed %d", seed).doesNotHaveDuplicates().hasSize(size);
      List<String> seen = new ArrayList<>();
      for (int index : order) {
        assertThat(seen).as("seed %d", seed).containsAll(specs.get(index).getDependsOnList());
        seen.add(specs.get(index).getTaskId());
      }
    }
  }
}
