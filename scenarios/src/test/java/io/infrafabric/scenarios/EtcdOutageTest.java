package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.WatchTasksRequest;
import io.infrafabric.coordinator.v1.WatchTasksResponse;
import io.infrafabric.local.ServerProcess;
import io.infrafabric.testkit.Stalls;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** etcd is stopped for 10 s under load and started again: every call is refused at once meanwhile, and who watches misses nothing. */
@Alone
class EtcdOutageTest {
  private static final Duration OUTAGE = Duration.ofSeconds(10);

  @Test
  void etcdOutage_callsFailFastAndEverythingGoesOnWithoutARestart() throws Exception {
    try (RunningFabric running = RunningFabric.startWithoutChassis();
        Stalls stalls = Stalls.watching();
        TaskWatch watch = TaskWatch.open(running.client(), WatchTasksRequest.getDefaultInstance());
        Load load = Load.start(running, 6)) {
      load.awaitProgress(50, Duration.ofSeconds(60));
      List<Long> processes = running.fabric().coordinators().stream().map(ServerProcess::pid).toList();

      running.fabric().etcd().stop();
      Instant down = Instant.now();
      // What was answered before may be noted a moment later.
      AtomicInteger noted = new AtomicInteger(-1);
      await()
          .during(OUTAGE)
          .atMost(OUTAGE.plusSeconds(60))
          .until(load.log()::completions, now -> noted.getAndSet(now) == now);
      List<LoadLog.Trouble> troubles = load.log().troublesSince(down);
      running.fabric().etcd().start();

      load.awaitProgress(50, Duration.ofSeconds(60));
      load.finish(Duration.ofSeconds(90));
      Judgement.of(running, load);
      TaskHistory history = TaskHistory.of(running);
      await("all changes").atMost(Duration.ofSeconds(60)).untilAsserted(() -> assertThat(seen(watch)).containsExactlyInAnyOrderEntriesOf(changes(history, load)));
      assertThat(watch.end()).as("the stream was never cut").isEmpty();
      assertThat(running.fabric().coordinators()).extracting(ServerProcess::pid).isEqualTo(processes);
      assertThat(troubles).as("calls of 6 swarms and 2 submitters in %s", OUTAGE).hasSizeGreaterThan(5);
      FailFast.judge(troubles, stalls);
    }
  }

  /** By task, its changes as a watcher was told of them, in that order. */
  private static Map<String, List<String>> seen(TaskWatch watch) {
    return watch.waiting().stream()
        .map(WatchTasksResponse::getTask)
        .collect(Collectors.groupingBy(task -> task.getSpec().getTaskId(), Collectors.mapping(EtcdOutageTest::change, Collectors.toList())));
  }

  /** By task, its changes as etcd kept them. */
  private static Map<String, List<String>> changes(TaskHistory history, Load load) {
    return load.log().submitted().stream().collect(Collectors.toMap(id -> id, id -> history.of(id).stream().map(EtcdOutageTest::change).toList()));
  }

  private static String change(Task task) {
    return task.getRevision() + " " + task.getStateCase();
  }
}
