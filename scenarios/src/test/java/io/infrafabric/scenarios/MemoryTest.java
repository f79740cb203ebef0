package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.cli.fabric.Requests;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.CancelTaskResponse;
import io.infrafabric.coordinator.v1.SubmitTasksRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What 500 tasks take in a coordinator (T10): of what lives in its heap, which depends on the tasks alone, and of what the process has in
 * memory, once it has done the same work before. The first rounds also fill what every one needs: classes, code, buffers, and the part of the
 * heap in which garbage is made. When this was written, the first round took 26 MB of the process and the second one 4, and each later one 0.4 to 1
 * MB, of which 0.35 of the heap; of the later ones one in a while took up to 6, on a machine with much else to do. So the middle one of three counts.
 */
@ExtendWith(SharedFabric.class)
class MemoryTest {
  private static final Logger LOG = LoggerFactory.getLogger(MemoryTest.class);
  private static final long MOST_BYTES = 10L << 20;
  private static final int TASKS = 500;

  /** A fifth of a kilobyte a task: a measurement that finds less looks at something else. */
  private static final long LEAST_BYTES = TASKS * 200L;

  private static final int ROUNDS_BEFORE = 2;
  private static final int ROUNDS = 3;
  private static final int COLLECTIONS = 2;
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** Of the part of the heap that has all that lives after a collection; the other part has what was allocated since. */
  private static final Pattern USED = Pattern.compile("(?m)^ *Tenured\\b.* used (\\d+)K");

  private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");

  private final FabricClient client;
  private final long pid;
  private final String capability = Unique.capability();

  MemoryTest(RunningFabric fabric) {
    client = fabric.client();
    pid = fabric.fabric().coordinators().getFirst().pid();
  }

  @Test
  void fiveHundredTasks_takeLessThanTenMegabytes() throws Exception {
    List<String> tasks = new ArrayList<>();
    for (int round = 0; round < ROUNDS_BEFORE; round++) {
      round(tasks);
    }
    long heap = liveBytes();
    List<Long> resident = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      resident.add(round(tasks));
    }
    long heapGrowth = (liveBytes() - heap) / ROUNDS;
    Collections.sort(resident);
    LOG.info("{} tasks: heap {} KiB more, resident {} more in each of {} rounds", TASKS, heapGrowth >> 10, resident, ROUNDS);
    assertThat(client.task(tasks.getLast()).hasReady()).isTrue();
    assertThat(heapGrowth).as("seen at all, and little").isBetween(LEAST_BYTES, MOST_BYTES);
    assertThat(resident.get(ROUNDS / 2)).as("in most of the rounds %s", resident).isLessThan(MOST_BYTES);
    cancel(tasks);
  }

  /** Puts 500 more in; by how many bytes the process grew, before or after what was garbage is collected. */
  private long round(List<String> tasks) throws IOException, InterruptedException {
    long before = residentBytes();
    tasks.addAll(submit());
    long then = residentBytes();
    collect();
    return Math.max(then, residentBytes()) - before;
  }

  private void cancel(List<String> tasks) throws InterruptedException {
    List<Callable<CancelTaskResponse>> cancels = new ArrayList<>();
    for (String task : tasks) {
      CancelTaskRequest request = CancelTaskRequest.newBuilder().setRequestId(FabricClient.request()).setTaskId(task).build();
      cancels.add(() -> Requests.retrying(PATIENCE, () -> client.tasks().cancelTask(request)));
    }
    for (int from = 0; from < cancels.size(); from += TASKS) {
      assertThat(Race.of(cancels.subList(from, from + TASKS)).refusals()).isEmpty();
    }
  }

  private List<String> submit() {
    SubmitTasksRequest.Builder request = SubmitTasksRequest.newBuilder().setRequestId(FabricClient.request());
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      ids.add(Unique.id("weighed"));
      request.addSpecs(TaskSpec.newBuilder().setTaskId(ids.getLast()).addRequiredCapabilities(capability).setMaxCostMicros(1_000));
    }
    SubmitTasksRequest all = request.build();
    Requests.retrying(PATIENCE, () -> client.tasks().submitTasks(all));
    return ids;
  }

  private void collect() throws IOException, InterruptedException {
    jcmd("GC.run");
  }

  /** What is left after a collection; the least of some, because others work meanwhile. */
  private long liveBytes() throws IOException, InterruptedException {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < COLLECTIONS; i++) {
      collect();
      String told = jcmd("GC.heap_info");
      Matcher used = USED.matcher(told);
      assertThat(used.find()).as(told).isTrue();
      least = Math.min(least, Long.parseLong(used.group(1)) << 10);
    }
    return least;
  }

  private long residentBytes() throws IOException {
    Matcher resident = RESIDENT.matcher(Files.readString(Path.of("/proc", Long.toString(pid), "status")));
    assertThat(resident.find()).isTrue();
    return Long.parseLong(resident.group(1)) << 10;
  }

  private String jcmd(String command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), Long.toString(pid), command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }
}
