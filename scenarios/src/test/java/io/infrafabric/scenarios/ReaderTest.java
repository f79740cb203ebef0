package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.Strictness;
import io.infrafabric.cli.fabric.Requests;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.SubmitTasksRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.kit.lifecycle.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Who reads while others write sees whole records (T2). The board's files were written in place under its readers; here a reader asks for JSON
 * over NATS, as fast as it is answered, during {@value #WRITES} writes.
 */
@ExtendWith(SharedFabric.class)
class ReaderTest {
  private static final int WRITES = 10_000;
  private static final int TASKS = 50;

  /** Of a note: the number of the write, so often. A note of two writes would have two numbers in it. */
  private static final int REPEATED = 100;

  /** Reads in the time of the writes, so that the reader was there. */
  private static final int LEAST_READS = 20;

  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Gson STRICT = new GsonBuilder().setStrictness(Strictness.STRICT).create();

  private final RunningFabric fabric;
  private final FabricClient client;
  private final String skill = Unique.capability();
  private final String swarm = Unique.id("writer");

  ReaderTest(RunningFabric fabric) {
    this.fabric = fabric;
    this.client = fabric.client();
  }

  private List<Claim> claims() {
    SubmitTasksRequest.Builder all = SubmitTasksRequest.newBuilder().setRequestId(FabricClient.request());
    for (int i = 0; i < TASKS; i++) {
      all.addSpecs(TaskSpec.newBuilder().setTaskId(Unique.id("written")).addRequiredCapabilities(skill));
    }
    client.tasks().submitTasks(all.build());
    client.register(swarm, 0, TASKS, skill);
    String session = client.open(swarm, Duration.ofMinutes(2));
    return all.getSpecsList().stream().map(spec -> client.claim(spec.getTaskId(), swarm, session)).toList();
  }

  private static String note(int write) {
    return "%05d".formatted(write).repeat(REPEATED);
  }

  private Callable<Void> writing(Claim claim) {
    return () -> {
      for (int write = 1; write <= WRITES / TASKS; write++) {
        ReportProgressRequest request =
            ReportProgressRequest.newBuilder()
                .setRequestId(FabricClient.request())
                .setTaskId(claim.getTaskId())
                .setSwarmId(swarm)
                .setFence(claim.getFence())
                .setPercent(write % 101)
                .setNote(note(write))
                .build();
        Requests.retrying(PATIENCE, () -> client.claims().reportProgress(request));
      }
      return null;
    };
  }

  /** The number of the write that the reader sees, all of it; 0 before the first. */
  private static int write(String json) {
    JsonObject claimed = STRICT.fromJson(json, JsonObject.class).getAsJsonObject("task").getAsJsonObject("claimed");
    if (!claimed.has("note")) {
      return 0;
    }
    String note = claimed.get("note").getAsString();
    int write = Integer.parseInt(note.substring(0, 5));
    assertThat(note).isEqualTo(note(write));
    assertThat(claimed.has("percent") ? claimed.get("percent").getAsInt() : 0).isEqualTo(write % 101);
    return write;
  }

  /** Reads one task after the other until it is told to stop; how often it did. */
  private int read(List<Claim> claims, AtomicBoolean over) throws Exception {
    int reads = 0;
    Map<String, Integer> last = new HashMap<>();
    try (NatsDoor door = NatsDoor.of(fabric)) {
      while (!over.get()) {
        String task = claims.get(reads % claims.size()).getTaskId();
        NatsDoor.Answer answer = door.call("coordinator", "GetTask", "{\"taskId\": \"" + task + "\"}");
        assertThat(answer.error()).isEmpty();
        int write = write(answer.body());
        assertThat(write).as("what was seen of %s is not unseen", task).isGreaterThanOrEqualTo(last.getOrDefault(task, 0));
        last.put(task, write);
        reads++;
      }
    }
    return reads;
  }

  @Test
  void reader_duringTenThousandWrites_seesOnlyWholeRecords() throws Exception {
    List<Claim> claims = claims();
    AtomicBoolean over = new AtomicBoolean();
    try (ExecutorService reader = Threads.virtualPerTask("reader")) {
      Future<Integer> reads = reader.submit(() -> read(claims, over));
      List<Callable<Void>> writers = new ArrayList<>();
      claims.forEach(claim -> writers.add(writing(claim)));
      try {
        assertThat(Race.of(writers).refusals()).isEmpty();
      } finally {
        over.set(true);
      }
      assertThat(reads.get(1, TimeUnit.MINUTES)).as("reads meanwhile").isGreaterThan(LEAST_READS);
    }
    assertThat(claims).allSatisfy(claim -> assertThat(client.task(claim.getTaskId()).getClaimed().getNote()).isEqualTo(note(WRITES / TASKS)));
  }
}
