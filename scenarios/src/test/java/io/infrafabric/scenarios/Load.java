package io.infrafabric.scenarios;

import static org.awaitility.Awaitility.await;

import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.RefusedException;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.ErrorListener;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Orchestrators that submit tasks all the time and swarms that claim and complete them, all of whom send a call again (with the
 * same request id) until it is answered. What they were told stands in the {@link #log}.
 */
final class Load implements AutoCloseable {
  /** The cap of every task. */
  static final long MAX_COST_MICROS = 1_000;

  /** What every swarm is granted. */
  static final long GRANT_MICROS = 1_000_000_000;

  private static final Logger LOG = LoggerFactory.getLogger(Load.class);
  private static final int SUBMITTERS = 2;
  private static final int ATTEMPTS = 20;
  private static final Duration BETWEEN_TASKS = Duration.ofMillis(40);
  private static final AtomicInteger LOADS = new AtomicInteger();

  /** Tells several loads of one fabric apart. */
  private final int run = LOADS.incrementAndGet();

  private final RunningFabric running;
  private final FabricClient door;
  private final LoadLog log = new LoadLog();
  private final CountDownLatch lastTask = new CountDownLatch(1);
  private final CountDownLatch stop = new CountDownLatch(1);
  private final CountDownLatch givenUp = new CountDownLatch(1);
  private final AtomicInteger number = new AtomicInteger();
  private final List<BusySwarm> swarms = new ArrayList<>();
  private final List<Thread> submitters = new ArrayList<>();
  private final List<Thread> workers = new ArrayList<>();
  private final Connection nats;

  private Load(RunningFabric running, Connection nats, FabricClient door, int count, double hearing) {
    this.running = running;
    this.nats = nats;
    this.door = door;
    for (int i = 0; i < count; i++) {
      swarms.add(new BusySwarm("busy-" + run + "-" + i, door, log, stop, givenUp, hearing));
    }
  }

  /** Starts so many swarms that hear their doorbells. */
  static Load start(RunningFabric running, int swarms) throws IOException, InterruptedException {
    return start(running, swarms, 1);
  }

  /**
   * Starts so many swarms.
   *
   * @param hearing share of the offers that they notice
   */
  static Load start(RunningFabric running, int swarms, double hearing) throws IOException, InterruptedException {
    Load load = new Load(running, connect(running), running.client(), swarms, hearing);
    load.begin();
    return load;
  }

  /** Starts so many swarms, and orchestrators, that have NATS alone. */
  static Load startOverNats(RunningFabric running, int swarms) throws IOException, InterruptedException {
    Connection nats = connect(running);
    Load load = new Load(running, nats, FabricClient.over(new NatsChannel(nats)), swarms, 1);
    load.begin();
    return load;
  }

  private static Connection connect(RunningFabric running) throws IOException, InterruptedException {
    return Nats.connect(
        Options.builder()
            .server(running.fabric().nats().address())
            .maxReconnects(-1)
            .reconnectWait(Duration.ofMillis(200))
            .useTimeoutException()
            .reportNoResponders()
            .errorListener(new ErrorListener() {})
            .build());
  }

  /** What a task costs, whoever does it. */
  static long costMicros(String task) {
    return 1 + Math.floorMod(task.hashCode(), MAX_COST_MICROS);
  }

  LoadLog log() {
    return log;
  }

  List<String> swarms() {
    return swarms.stream().map(BusySwarm::id).toList();
  }

  /** Waits for so many more acknowledged completions. */
  void awaitProgress(int more, Duration patience) {
    int before = log.completions();
    await("%d more than %s".formatted(more, log)).atMost(patience).until(() -> log.completions() >= before + more);
  }

  /** Submits no more, waits until all that was submitted is completed, and stops the swarms. */
  void finish(Duration patience) throws InterruptedException {
    lastTask.countDown();
    for (Thread submitter : submitters) {
      submitter.join(patience);
    }
    await("all done after " + log).atMost(patience).until(this::isAllDone);
    stop.countDown();
    for (Thread worker : workers) {
      worker.join(patience);
    }
    LOG.info("finished: {}", log);
  }

  @Override
  public void close() throws InterruptedException {
    lastTask.countDown();
    stop.countDown();
    givenUp.countDown();
    for (Thread worker : workers) {
      worker.join();
    }
    nats.close();
  }

  private String capability() {
    return "load:run-" + run;
  }

  private boolean isAllDone() {
    return log.submitted().stream()
        .filter(task -> !log.completed().containsKey(task))
        .allMatch(task -> running.client().task(task).hasCompleted());
  }

  private void begin() throws InterruptedException {
    Dispatcher doorbells = nats.createDispatcher();
    for (BusySwarm swarm : swarms) {
      running.client().register(swarm.id(), GRANT_MICROS, 4, capability());
      doorbells.subscribe(Subjects.offer(new SwarmId(swarm.id())), message -> swarm.onOffer(message.getData()));
      swarm.open();
      workers.add(thread(swarm::work));
      workers.add(thread(swarm::keepAlive));
    }
    for (int i = 0; i < SUBMITTERS; i++) {
      submitters.add(thread(this::submit));
    }
    workers.addAll(submitters);
  }

  private void submit() throws InterruptedException {
    Patience patience = new Patience(log, givenUp);
    while (!lastTask.await(BETWEEN_TASKS.toMillis(), TimeUnit.MILLISECONDS)) {
      String task = "load-" + run + "-" + number.incrementAndGet();
      SubmitTaskRequest request =
          SubmitTaskRequest.newBuilder()
              .setRequestId(FabricClient.request())
              .setSpec(
                  TaskSpec.newBuilder()
                      .setTaskId(task)
                      .addRequiredCapabilities(capability())
                      .setMaxCostMicros(MAX_COST_MICROS)
                      .setMaxAttempts(ATTEMPTS))
              .build();
      try {
        patience.untilAnswered("SubmitTask", () -> door.tasks().submitTask(request));
        log.submitted(task);
      } catch (RefusedException refused) {
        log.surprise("SubmitTask of " + task + ": " + refused.getMessage());
      }
    }
  }

  /** A step of a client that ends quietly when its patience does; anything else is a surprise. */
  private interface Step {
    void run() throws InterruptedException;
  }

  private Thread thread(Step step) {
    return Thread.ofVirtual()
        .start(
            () -> {
              try {
                step.run();
              } catch (InterruptedException givenUpWaiting) {
                Thread.currentThread().interrupt();
              } catch (RuntimeException bug) {
                log.surprise(bug.toString());
              }
            });
  }
}
