package io.infrafabric.cli.agent;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Durations;
import io.grpc.StatusRuntimeException;
import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.cli.fabric.Requests;
import io.infrafabric.common.v1.ErrorType;
import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.GetTaskRequest;
import io.infrafabric.coordinator.v1.ObjectClaim;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.error.RefusedException;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.names.Limits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** One claim, worked on by one run of the program. */
final class Attempt {
  private static final Duration LOOK = Duration.ofMillis(100);
  private static final Duration REPORT = Duration.ofSeconds(5);
  private static final Duration SHORTEST_REPORT = Duration.ofMillis(500);
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** How long the claim is believed in without news. */
  private static final Duration CERTAIN = Duration.ofSeconds(15);

  private final FabricClients clients;
  private final AgentSettings settings;
  private final Claim claim;
  private final Consumer<String> talk;
  /** Whether the claim is to be looked at. */
  private final AtomicBoolean doubt = new AtomicBoolean();
  /** Why it is to be stopped. */
  private final AtomicReference<Ending> stop = new AtomicReference<>();
  private final AtomicReference<String> lost = new AtomicReference<>();
  private CheckpointFile checkpoint;

  Attempt(FabricClients clients, AgentSettings settings, Claim claim, Consumer<String> talk) {
    this.clients = clients;
    this.settings = settings;
    this.claim = claim;
    this.talk = talk;
  }

  Claim claim() {
    return claim;
  }

  /** The claim has ended without this agent: whatever the program does is in vain. */
  void lose(String reason) {
    lost.compareAndSet(null, reason);
  }

  /** News of the claim may have passed by. */
  void doubt() {
    doubt.set(true);
  }

  /** Gives the work back undone. */
  void stop(String reason) {
    stop.compareAndSet(null, new Ending.Released(reason));
  }

  /** Runs the program to its end, or to that of the claim, and says how the claim ended. */
  String run() throws InterruptedException {
    Path folder = folder();
    try {
      Ending ending = execute(folder);
      if (lost.get() != null) {
        return "lost: " + lost.get();
      }
      return ending instanceof Ending.Completed ? complete(folder) : report(ending, cost(folder));
    } finally {
      delete(folder);
    }
  }

  private Ending execute(Path folder) throws InterruptedException {
    Path input = folder.resolve("payload");
    Path output = folder.resolve("result");
    Program program;
    try {
      writePayload(input);
      checkpoint = new CheckpointFile(folder.resolve("checkpoint"), claim.getCheckpoint(), line -> talk.accept(claim.getTaskId() + ": " + line));
      program = Program.start(settings.command(), environment(folder), input, output, line -> talk.accept(claim.getTaskId() + ": " + line));
    } catch (UncheckedIOException failure) {
      return new Ending.Released(failure.getMessage());
    } catch (RefusedException | StatusRuntimeException failure) {
      return new Ending.Released("the payload cannot be had: " + failure.getMessage());
    }
    try {
      watch(program);
    } finally {
      program.kill();
    }
    if (lost.get() == null) {
      checkpoint.changed().ifPresent(noted -> progress(program.written(), Optional.of(noted))); // what it has noted at last
    }
    return Optional.ofNullable(stop.get()).orElse(EndingRules.of(program.exitCode(), program.lastWords()));
  }

  /** Until it has ended, or should. */
  private void watch(Program program) throws InterruptedException {
    long signs = 0;
    long reported = System.nanoTime();
    long looked = reported;
    while (!program.await(LOOK) && lost.get() == null && stop.get() == null) {
      if (program.written() > Limits.OBJECT_BYTES) {
        stop.compareAndSet(null, EndingRules.tooLarge());
      } else if (System.nanoTime() - reported >= every().toNanos() && program.signsOfWork() != signs) {
        signs = program.signsOfWork();
        reported = System.nanoTime();
        progress(program.written(), checkpoint.changed());
      } else if (System.nanoTime() - reported >= SHORTEST_REPORT.toNanos() && checkpoint.isTouched()) {
        Optional<ByteString> noted = checkpoint.changed();
        if (noted.isPresent()) {
          reported = System.nanoTime();
          progress(program.written(), noted);
        }
      } else if (doubt.getAndSet(false) || System.nanoTime() - looked >= CERTAIN.toNanos()) {
        looked = System.nanoTime();
        look();
      }
    }
    if (program.written() > Limits.OBJECT_BYTES) {
      stop.compareAndSet(null, EndingRules.tooLarge());
    }
  }

  /** Whether the claim is still held; without a report, which would be taken for progress. */
  private void look() {
    try {
      Task task = clients.tasks().getTask(GetTaskRequest.newBuilder().setTaskId(claim.getTaskId()).build()).getTask();
      Claimed held = task.hasParked() ? task.getParked().getClaim() : task.getClaimed();
      if (held.getFence() != claim.getFence()) {
        lose("the task is " + task.getStateCase() + (held.getSwarmId().isEmpty() ? "" : " by swarm " + held.getSwarmId()));
      }
    } catch (RuntimeException away) {
      doubt.set(true); // and looked at again
    }
  }

  /** Ends a claim that could not be ended as the program ended. */
  String fail(String reason) {
    return report(new Ending.Failed(reason, true), 0);
  }

  private Duration every() {
    if (!claim.getSpec().hasProgressTimeout()) {
      return REPORT;
    }
    Duration third = Duration.ofMillis(Durations.toMillis(claim.getSpec().getProgressTimeout()) / 3);
    return third.compareTo(REPORT) > 0 ? REPORT : third.compareTo(SHORTEST_REPORT) < 0 ? SHORTEST_REPORT : third;
  }

  private void progress(long written, Optional<ByteString> noted) {
    ReportProgressRequest.Builder request =
        ReportProgressRequest.newBuilder()
            .setRequestId(Requests.newId())
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setNote(written + " bytes written");
    noted.ifPresent(request::setCheckpoint);
    try {
      clients.claims().reportProgress(request.build());
      noted.ifPresent(checkpoint::kept);
    } catch (RuntimeException failure) {
      noted.ifPresent(none -> checkpoint.notKept());
      Errors.refusalOf(failure)
          .filter(refusal -> refusal.traits().getType() == ErrorType.ERROR_TYPE_CONFLICT)
          .ifPresent(refusal -> lose(refusal.message()));
    }
  }

  private Map<String, String> environment(Path folder) {
    Map<String, String> environment = new HashMap<>();
    environment.put("IF_TASK_ID", claim.getTaskId());
    environment.put("IF_SWARM_ID", claim.getSwarmId());
    environment.put("IF_ATTEMPT", Integer.toString(claim.getAttempt()));
    environment.put("IF_FENCE", Long.toString(claim.getFence()));
    environment.put("IF_MAX_COST_MICROS", Long.toString(claim.getSpec().getMaxCostMicros()));
    environment.put("IF_COST_FILE", folder.resolve("cost").toString());
    environment.put("IF_CHECKPOINT_FILE", checkpoint.path().toString());
    TraceContext trace = claim.getTrace();
    if (!trace.getTraceparent().isEmpty()) {
      environment.put("TRACEPARENT", trace.getTraceparent());
    }
    return environment;
  }

  private void writePayload(Path file) {
    try {
      if (claim.getSpec().hasPayloadObject()) {
        Requests.retrying(
            PATIENCE,
            () -> {
              clients.objects().get(claim.getSpec().getPayloadObject().getSha256(), file);
              return file;
            });
      } else {
        Files.write(file, claim.getSpec().getPayload().toByteArray());
      }
    } catch (IOException failure) {
      throw new UncheckedIOException("the payload cannot be written to " + file, failure);
    }
  }

  private long cost(Path folder) {
    return EndingRules.cost(toldCost(folder), settings.costMicros(), claim.getSpec().getMaxCostMicros());
  }

  private String report(Ending ending, long cost) {
    switch (ending) {
      case Ending.Completed() -> throw new IllegalArgumentException("completed with nothing");
      case Ending.Failed(String reason, boolean retryable) -> {
        FailTaskRequest request =
            FailTaskRequest.newBuilder()
                .setRequestId(Requests.newId())
                .setTaskId(claim.getTaskId())
                .setSwarmId(claim.getSwarmId())
                .setFence(claim.getFence())
                .setReason(reason)
                .setRetryable(retryable)
                .setCostMicros(cost)
                .build();
        Requests.retrying(PATIENCE, () -> clients.claims().failTask(request));
        return "failed: " + reason;
      }
      case Ending.Released(String reason) -> {
        ReleaseTaskRequest request =
            ReleaseTaskRequest.newBuilder()
                .setRequestId(Requests.newId())
                .setTaskId(claim.getTaskId())
                .setSwarmId(claim.getSwarmId())
                .setFence(claim.getFence())
                .setReason(reason)
                .setCostMicros(cost)
                .build();
        Requests.retrying(PATIENCE, () -> clients.claims().releaseTask(request));
        return "released: " + reason;
      }
    }
  }

  private String complete(Path folder) {
    Path result = folder.resolve("result");
    CompleteTaskRequest.Builder request =
        CompleteTaskRequest.newBuilder()
            .setRequestId(Requests.newId())
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setCostMicros(cost(folder));
    try {
      if (Files.size(result) <= Limits.PAYLOAD_BYTES) {
        request.setResult(ByteString.copyFrom(Files.readAllBytes(result)));
      } else {
        request.setResultObject(Requests.retrying(PATIENCE, () -> clients.objects().putResult(result, objectClaim())));
      }
    } catch (IOException failure) {
      throw new UncheckedIOException("the result cannot be read", failure);
    }
    CompleteTaskRequest whole = request.build();
    Requests.retrying(PATIENCE, () -> clients.claims().completeTask(whole));
    return "completed";
  }

  private ObjectClaim objectClaim() {
    return ObjectClaim.newBuilder().setTaskId(claim.getTaskId()).setSwarmId(claim.getSwarmId()).setFence(claim.getFence()).build();
  }

  private static Optional<String> toldCost(Path folder) {
    Path file = folder.resolve("cost");
    try {
      // Whatever it wrote, in whatever characters: it is no amount then, and said so.
      return Files.isRegularFile(file) ? Optional.of(new String(Files.readAllBytes(file), StandardCharsets.UTF_8)) : Optional.empty();
    } catch (IOException failure) {
      throw new UncheckedIOException(file + " cannot be read", failure);
    }
  }

  private static Path folder() {
    try {
      return Files.createTempDirectory("ifctl-agent-");
    } catch (IOException failure) {
      throw new UncheckedIOException("no folder can be made for the payload and the result", failure);
    }
  }

  private void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException | UncheckedIOException failure) {
      talk.accept("%s cannot be deleted (%s)".formatted(folder, failure.getMessage()));
    }
  }
}
