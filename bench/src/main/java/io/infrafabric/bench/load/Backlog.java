package io.infrafabric.bench.load;

import com.google.protobuf.ByteString;
import io.infrafabric.bench.Patience;
import io.infrafabric.coordinator.v1.SubmitTasksRequest;
import io.infrafabric.coordinator.v1.TaskServiceGrpc;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.kit.grpc.GrpcClient;
import io.infrafabric.kit.lifecycle.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** Tasks that wait: submitted in batches over gRPC, ready, and more than their swarms can take. */
public final class Backlog implements AutoCloseable {
  /** What they require. */
  public static final String CAPABILITY = "bench:backlog";

  /** The most that one submit takes. */
  private static final int BATCH = 1_000;

  private static final int AT_ONCE = 4;
  private static final long CAP_MICROS = 1_000;
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private final GrpcClient coordinator;
  private final ByteString payload = ByteString.copyFrom(new byte[256]);
  private final Patience patience = new Patience();
  private int size;

  /** @param coordinator its address */
  public Backlog(String coordinator) {
    this.coordinator = GrpcClient.channel(coordinator, DEADLINE);
  }

  /** Tasks submitted so far. */
  public synchronized int size() {
    return size;
  }

  /** Submits that were refused for the moment, and sent again. */
  public int sentAgain() {
    return patience.sentAgain();
  }

  /** The id of one of them, by its number from 0; in the order of the numbers. */
  public static String task(int number) {
    return String.format(Locale.ROOT, "backlog-%08d", number);
  }

  /** Submits more until there are so many; answers how many nanoseconds it took. */
  public synchronized long growTo(int wanted) throws Exception {
    TaskServiceGrpc.TaskServiceBlockingStub tasks = TaskServiceGrpc.newBlockingStub(coordinator.channel());
    AtomicInteger next = new AtomicInteger(size);
    long begin = System.nanoTime();
    try (ExecutorService submitters = Threads.virtualPerTask("submit")) {
      List<Future<Void>> all = new ArrayList<>();
      for (int i = 0; i < AT_ONCE; i++) {
        all.add(
            submitters.submit(
                () -> {
                  for (int from = next.getAndAdd(BATCH); from < wanted; from = next.getAndAdd(BATCH)) {
                    submit(tasks, from, Math.min(wanted, from + BATCH));
                  }
                  return null;
                }));
      }
      for (Future<Void> one : all) {
        one.get();
      }
    }
    size = wanted;
    return System.nanoTime() - begin;
  }

  private void submit(TaskServiceGrpc.TaskServiceBlockingStub tasks, int from, int to) {
    SubmitTasksRequest.Builder request = SubmitTasksRequest.newBuilder().setRequestId("backlog-" + from + "-" + to);
    for (int i = from; i < to; i++) {
      request.addSpecs(
          TaskSpec.newBuilder().setTaskId(task(i)).addRequiredCapabilities(CAPABILITY).setPayload(payload).setMaxCostMicros(CAP_MICROS));
    }
    SubmitTasksRequest batch = request.build();
    patience.call(() -> tasks.submitTasks(batch));
  }

  @Override
  public void close() {
    coordinator.close();
  }
}
