package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.SubmitTasksRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What 500 tasks take in a coordinator (T10). Asserted of what lives in its heap, which depends on the tasks alone; what the process has
 * in memory depends also on when its collector gives room back, and is told.
 */
@ExtendWith(SharedFabric.class)
class MemoryTest {
  private static final Logger LOG = LoggerFactory.getLogger(MemoryTest.class);
  private static final long MOST_BYTES = 10L << 20;
  private static final int TASKS = 500;
  private static final int COLLECTIONS = 3;
  private static final Pattern USED = Pattern.compile("used (\\d+)([KMG])");
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
    List<String> tasks = new ArrayList<>(submit()); // the first ones also load what every one needs
    long heap = liveBytes();
    long resident = residentBytes();
    tasks.addAll(submit());
    long heapGrowth = liveBytes() - heap;
    LOG.info("{} tasks: heap {} KiB more, resident {} KiB more", TASKS, heapGrowth >> 10, (residentBytes() - resident) >> 10);
    assertThat(client.task(tasks.getLast()).hasReady()).isTrue();
    assertThat(heapGrowth).isLessThan(MOST_BYTES);
    for (String task : tasks) {
      client.tasks().cancelTask(CancelTaskRequest.newBuilder().setRequestId(FabricClient.request()).setTaskId(task).build());
    }
  }

  private List<String> submit() {
    SubmitTasksRequest.Builder request = SubmitTasksRequest.newBuilder().setRequestId(FabricClient.request());
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      ids.add(Unique.id("weighed"));
      request.addSpecs(TaskSpec.newBuilder().setTaskId(ids.getLast()).addRequiredCapabilities(capability).setMaxCostMicros(1_000));
    }
    client.tasks().submitTasks(request.build());
    return ids;
  }

  /** What is left after a collection; the least of some, because others work meanwhile. */
  private long liveBytes() throws IOException, InterruptedException {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < COLLECTIONS; i++) {
      jcmd("GC.run");
      Matcher used = USED.matcher(jcmd("GC.heap_info"));
      assertThat(used.find()).as("jcmd tells what is used").isTrue();
      least = Math.min(least, Long.parseLong(used.group(1)) << switch (used.group(2)) {
        case "K" -> 10;
        case "M" -> 20;
        default -> 30;
      });
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
