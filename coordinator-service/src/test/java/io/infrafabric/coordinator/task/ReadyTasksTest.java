package io.infrafabric.coordinator.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.names.TaskId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ReadyTasksTest {
  private final ReadyTasks ready = new ReadyTasks();

  private static ReadyTask task(int number, int lane) {
    Task task = Samples.ready(Samples.spec("t" + number, "a:b").setMaxCostMicros(lane).build());
    ReadyTask made = ReadyTask.of(task);
    return new ReadyTask(
        new ReadyTask.Place(number, new TaskId("t" + number)), made.spec(), made.requirement(), made.revision(), made.sinceMillis(), made.push(), made.heardNanos());
  }

  private static List<String> rest(ReadyWalk walk) {
    List<String> met = new ArrayList<>();
    for (Optional<ReadyTask> next = walk.next(); next.isPresent(); next = walk.next()) {
      met.add(next.get().id().value());
    }
    return met;
  }

  /** Whatever is put in and taken out: a walk meets the tasks in order, without those of lanes that were left out. */
  @Test
  void walk_isThatOfAPlainList() {
    for (long seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      ReadyTasks tasks = new ReadyTasks();
      TreeMap<ReadyTask.Place, ReadyTask> plain = new TreeMap<>();
      for (int step = 0; step < 80; step++) {
        ReadyTask task = task(random.nextInt(60), random.nextInt(5));
        ReadyTask before = plain.remove(task.place());
        if (before != null) {
          tasks.remove(before);
        }
        if (random.nextInt(3) > 0) {
          tasks.add(task);
          plain.put(task.place(), task);
        }
      }
      plain.values().forEach(task -> assertThat(tasks.contains(task)).isTrue());
      List<ReadyTask> met = new ArrayList<>();
      List<ReadyTask> expected = new ArrayList<>();
      Set<Requirement> out = new HashSet<>();
      ReadyWalk walk = tasks.walk();
      for (ReadyTask task : plain.values()) {
        if (out.contains(task.requirement())) {
          continue;
        }
        expected.add(task);
        walk.next().ifPresent(met::add);
        if (random.nextInt(6) == 0) {
          walk.leaveOut();
          out.add(task.requirement());
        }
      }
      assertThat(walk.next()).as("seed %d", seed).isEmpty();
      assertThat(met).as("seed %d", seed).extracting(ReadyTask::place).containsExactlyElementsOf(expected.stream().map(ReadyTask::place).toList());
      int places = plain.size();
      if (places > 0) {
        assertThat(tasks.before(plain.lastKey())).isEqualTo(places - 1);
      }
    }
  }

  @Test
  void furtherWalk_goesOnWhereTheOtherStopped_withoutWhatItLeftOut() {
    for (int i = 0; i < 6; i++) {
      ready.add(task(i, i % 2));
    }
    ready.add(task(6, 7));
    ReadyWalk first = ready.walk();
    assertThat(first.next().orElseThrow().id().value()).isEqualTo("t0");
    first.leaveOut();
    ReadyTask stopped = first.next().orElseThrow();
    assertThat(stopped.id().value()).isEqualTo("t1");
    assertThat(rest(ready.walk(stopped.place(), first))).containsExactly("t3", "t5", "t6");
  }

  @Test
  void laneThatIsLeftOut_isNotWalkedOver() {
    for (int i = 0; i < 1_000; i++) {
      ready.add(task(i, 1));
    }
    ready.add(task(5_000, 2));
    ReadyWalk walk = ready.walk();
    walk.next();
    walk.leaveOut();
    assertThat(rest(walk)).containsExactly("t5000");
  }

  @Test
  void whatTasksHaveInCommon_isKeptOnce() {
    ReadyTask one = ready.add(task(1, 1));
    ReadyTask two = ready.add(task(2, 1));
    assertThat(two.spec()).isSameAs(one.spec());
    assertThat(two.requirement()).isSameAs(one.requirement());
  }
}
