package io.infrafabric.coordinator.blocker;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.v1.BlockerWait;
import io.infrafabric.coordinator.v1.Parked;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.Waiting;
import io.infrafabric.names.TaskId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WaitRulesTest {
  private static final int GRAPHS = 2_000;

  private final Map<TaskId, Task> tasks = new HashMap<>();
  private final Map<TaskId, List<TaskId>> phases = new HashMap<>();

  private static TaskId id(Object name) {
    return new TaskId("t" + name);
  }

  private static List<TaskId> ids(Object... names) {
    return List.of(names).stream().map(WaitRulesTest::id).toList();
  }

  private void ready(Object name) {
    tasks.put(id(name), Samples.ready(Samples.spec(id(name).value()).build()));
  }

  private void depends(Object name, Object... on) {
    var spec = Samples.spec(id(name).value()).addAllDependsOn(ids(on).stream().map(TaskId::value).toList()).build();
    tasks.put(id(name), Samples.ready(spec).toBuilder().setWaiting(Waiting.getDefaultInstance()).build());
  }

  private void parked(Object name, Object... on) {
    Task claimed = Samples.claimed(Samples.spec(id(name).value()).build(), "fox", 1);
    BlockerWait wait = BlockerWait.newBuilder().setBlockerId("b").addAllTaskIds(ids(on).stream().map(TaskId::value).toList()).build();
    tasks.put(id(name), claimed.toBuilder().setParked(Parked.newBuilder().setClaim(claimed.getClaimed()).addBlockerIds("b").addWaits(wait)).build());
  }

  private WaitRules.Finding look(Object blocked, Object... waitsFor) {
    return WaitRules.look(id(blocked), ids(waitsFor), task -> Optional.ofNullable(tasks.get(task)), task -> phases.getOrDefault(new TaskId(task.getSpec().getTaskId()), List.of()));
  }

  @Test
  void itself_isACycle() {
    assertThat(look(1, 1)).isEqualTo(new WaitRules.Finding.Cycle(ids(1, 1)));
  }

  @Test
  void wayBack_overBlockersAndDependencies_isNamed() {
    parked(2, 3);
    depends(3, 4, 1);
    ready(4);
    assertThat(look(1, 2)).isEqualTo(new WaitRules.Finding.Cycle(ids(1, 2, 3, 1)));
  }

  @Test
  void taskOfALaterPhase_waitsForThoseOfTheEarlierOnes() {
    depends(2);
    phases.put(id(2), ids(3, 1));
    ready(3);
    assertThat(look(1, 2)).isEqualTo(new WaitRules.Finding.Cycle(ids(1, 2, 1)));
    assertThat(look(4, 2)).isEqualTo(new WaitRules.Finding.Clear(Set.of(id(1), id(2), id(3))));
  }

  @Test
  void taskThatIsWorkedOn_orDone_waitsForNobody() {
    var spec = Samples.spec("t2").addDependsOn("t1").build();
    tasks.put(id(2), Samples.claimed(spec, "owl", 1));
    assertThat(look(1, 2)).isEqualTo(new WaitRules.Finding.Clear(Set.of(id(2))));
  }

  @Test
  void unknownTask_isNamed_butADependencyThatIsGoneHoldsNobodyUp() {
    depends(2, 9);
    assertThat(look(1, 9)).isEqualTo(new WaitRules.Finding.Unknown(id(9)));
    assertThat(look(1, 2)).isEqualTo(new WaitRules.Finding.Clear(Set.of(id(2), id(9))));
  }

  @Test
  void waitOverMoreTasksThanATransactionCompares_isTooFar() {
    IntStream.range(2, 200).forEach(i -> depends(i, i + 1));
    ready(200);
    assertThat(look(1, 150)).isInstanceOf(WaitRules.Finding.Clear.class);
    assertThat(look(1, 2)).isEqualTo(new WaitRules.Finding.TooFar());
  }

  @Test
  void cycle_isFoundExactlyWhenThereIsAWayBack() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int cycles = 0;
    for (int graph = 0; graph < GRAPHS; graph++) {
      tasks.clear();
      Map<Integer, Set<Integer>> edges = new HashMap<>();
      for (int task = 0; task < 8; task++) {
        Set<Integer> to = new HashSet<>();
        for (int other = 0; other < 8; other++) {
          if (random.nextInt(7) == 0) {
            to.add(other);
          }
        }
        edges.put(task, to);
        if (random.nextBoolean()) {
          depends(task, to.toArray());
        } else {
          parked(task, to.toArray());
        }
      }
      boolean expected = reaches(edges, 1, 0, new HashSet<>());
      assertThat(look(0, 1) instanceof WaitRules.Finding.Cycle).as("seed %d, graph %d: %s", seed, graph, edges).isEqualTo(expected);
      cycles += expected ? 1 : 0;
    }
    assertThat(cycles).as("graphs of both kinds, seed %d", seed).isBetween(GRAPHS / 20, GRAPHS * 19 / 20);
  }

  private static boolean reaches(Map<Integer, Set<Integer>> edges, int from, int to, Set<Integer> seen) {
    return from == to || (seen.add(from) && edges.get(from).stream().anyMatch(next -> reaches(edges, next, to, seen)));
  }
}
