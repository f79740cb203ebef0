package io.infrafabric.cli.demo.census;

import com.google.protobuf.ByteString;
import io.infrafabric.chassis.v1.LoadSwarmRequest;
import io.infrafabric.cli.demo.TaskFollower;
import io.infrafabric.cli.demo.census.SourceTree.Skipped;
import io.infrafabric.cli.demo.census.SourceTree.SourceFile;
import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.cli.fabric.Requests;
import io.infrafabric.coordinator.v1.Completed;
import io.infrafabric.coordinator.v1.GetTaskRequest;
import io.infrafabric.coordinator.v1.SubmitTasksRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.GrantRequest;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.RegisterSwarmRequest;
import io.infrafabric.kit.nats.Objects;
import io.infrafabric.names.Limits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Counts a source tree through a fabric: registers and loads the swarm, submits a task for each file, collects the results. */
public final class CensusJob implements AutoCloseable {
  /** Id of the swarm in the chassis. */
  public static final String SWARM = CensusModule.SWARM;

  /** Files above are skipped: a payload, with its path, is one object. */
  public static final long MAX_FILE_BYTES = Objects.MAX_BYTES - 8 * 1024;

  private static final Map<String, String> LABELS = Map.of("demo", "census");
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration STALL = Duration.ofSeconds(60);
  private static final int INLINE_BYTES = 60 * 1024;

  /** Below the 1 MiB that a service takes in one message. */
  private static final int CHUNK_BYTES = 768 * 1024;

  private static final int CHUNK_TASKS = 200;

  /** Each version of a task holds its payload, so that etcd keeps several times this for five minutes. */
  private static final long INLINE_TOTAL_BYTES = 256L << 20;

  private static final int OPEN_TASKS = 2_000;

  private final FabricClients clients;
  private final Objects objects;
  private final SourceTree tree;
  private final TaskFollower follower;
  private final Map<String, Counted> expected = new ConcurrentHashMap<>();
  private final List<Skipped> skipped;
  private long inlineBytes;

  /** A job that is not yet started. */
  public CensusJob(FabricClients clients, Objects objects, SourceTree tree) {
    this.clients = clients;
    this.objects = objects;
    this.tree = tree;
    this.skipped = new ArrayList<>(tree.skipped());
    this.follower = TaskFollower.of(clients, LABELS);
  }

  /** Registers the swarm, pays it, and loads it into the chassis. */
  public void prepare(Path repository) {
    byte[] module = CensusModule.built(repository);
    String requestId = Requests.newId();
    Manifest manifest =
        Manifest.newBuilder()
            .setSwarmId(SWARM)
            .addCapabilities(CensusModule.CAPABILITY)
            .setModel("wasm")
            .setCostPerHourMicros(3600 * CensusModule.CPU_SECOND_MICROS)
            .setMaxConcurrent(CensusModule.CONCURRENT)
            .setDescription("counts source files inside the chassis")
            .build();
    long budget = tree.files().stream().mapToLong(file -> CensusModule.capMicros(file.bytes())).sum();
    retrying(
        () -> clients.registry().registerSwarm(RegisterSwarmRequest.newBuilder().setRequestId(requestId).setManifest(manifest).build()));
    retrying(
        () ->
            clients
                .accounts()
                .grant(
                    GrantRequest.newBuilder()
                        .setRequestId(requestId)
                        .setAccountId(SWARM)
                        .setAmountMicros(Math.min(budget, Limits.MONEY_MICROS))
                        .build()));
    retrying(
        () ->
            clients
                .contracts()
                .loadSwarm(
                    LoadSwarmRequest.newBuilder()
                        .setRequestId(requestId)
                        .setContract(CensusModule.contract(module))
                        .setModule(ByteString.copyFrom(module))
                        .build()));
  }

  /** Submits all, waits until all have ended or nothing moves any more, and compares. */
  public CensusReport run() throws InterruptedException {
    submitAll();
    follower.awaitEnded(expected.size(), STALL);
    Map<String, String> results = new HashMap<>();
    for (Task task : follower.ended().values()) {
      if (task.hasCompleted()) {
        results.put(task.getSpec().getTaskId(), result(task));
      }
    }
    return CensusReport.of(expected, results, skipped);
  }

  /** The ids of the tasks submitted so far. */
  public Set<String> taskIds() {
    return Set.copyOf(expected.keySet());
  }

  /** How many are to be counted. */
  public int size() {
    return tree.files().size();
  }

  /** The tasks that have ended, by id. */
  public Map<String, Task> ended() {
    return follower.ended();
  }

  /** How many have ended. */
  public int endedCount() {
    return follower.endedCount();
  }

  private void submitAll() throws InterruptedException {
    List<TaskSpec> chunk = new ArrayList<>();
    int chunkBytes = 0;
    int number = 0;
    for (SourceFile file : tree.files()) {
      TaskSpec spec = spec("file-%06d".formatted(++number), file);
      if (spec == null) {
        continue;
      }
      if (chunk.size() == CHUNK_TASKS || chunkBytes + spec.getSerializedSize() > CHUNK_BYTES) {
        submit(chunk);
        chunk.clear();
        chunkBytes = 0;
      }
      chunk.add(spec);
      chunkBytes += spec.getSerializedSize();
    }
    submit(chunk);
  }

  private TaskSpec spec(String id, SourceFile file) {
    byte[] content;
    try {
      content = Files.readAllBytes(tree.root().resolve(file.path()));
    } catch (IOException | OutOfMemoryError notReadable) {
      skipped.add(new Skipped(file.path(), "not readable"));
      return null;
    }
    if (content.length > MAX_FILE_BYTES) {
      skipped.add(new Skipped(file.path(), "grew over " + MAX_FILE_BYTES + " bytes"));
      return null;
    }
    TaskSpec.Builder spec =
        TaskSpec.newBuilder()
            .setTaskId(id)
            .addRequiredCapabilities(CensusModule.CAPABILITY)
            .setMaxCostMicros(CensusModule.capMicros(Math.max(content.length, file.bytes())))
            .setMaxAttempts(5)
            .putAllLabels(LABELS);
    byte[] payload = payload(file.path(), content);
    if (payload.length <= INLINE_BYTES && inlineBytes + payload.length <= INLINE_TOTAL_BYTES) {
      inlineBytes += payload.length;
      spec.setPayload(ByteString.copyFrom(payload));
    } else {
      spec.setPayloadObject(retrying(() -> objects.put(payload)));
    }
    expected.put(id, PlainCount.of(file.path(), content));
    return spec.build();
  }

  private static byte[] payload(String path, byte[] content) {
    byte[] name = path.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream payload = new ByteArrayOutputStream(name.length + 1 + content.length);
    payload.writeBytes(name);
    payload.write('\n');
    payload.writeBytes(content);
    return payload.toByteArray();
  }

  private void submit(List<TaskSpec> chunk) throws InterruptedException {
    if (chunk.isEmpty()) {
      return;
    }
    follower.awaitEnded(expected.size() - OPEN_TASKS, STALL);
    SubmitTasksRequest request = SubmitTasksRequest.newBuilder().setRequestId(Requests.newId()).addAllSpecs(chunk).build();
    retrying(() -> clients.tasks().submitTasks(request));
  }

  private String result(Task task) {
    Completed completed = task.getCompleted();
    if (completed.getResult().isEmpty() && !completed.hasResultObject()) {
      GetTaskRequest request = GetTaskRequest.newBuilder().setTaskId(task.getSpec().getTaskId()).build();
      completed = retrying(() -> clients.tasks().getTask(request)).getTask().getCompleted();
    }
    String object = completed.getResultObject().getSha256();
    return object.isEmpty()
        ? completed.getResult().toStringUtf8()
        : new String(retrying(() -> objects.get(object)), StandardCharsets.UTF_8);
  }

  private static <T> T retrying(java.util.function.Supplier<T> call) {
    return Requests.retrying(PATIENCE, call);
  }

  @Override
  public void close() {
    follower.close();
  }
}
