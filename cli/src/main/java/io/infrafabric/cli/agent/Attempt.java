package io.infrafabric.cli.agent;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Durations;
import io.grpc.StatusRuntimeException;
import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.cli.fabric.Requests;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ErrorType;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.GetTaskRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.names.Limits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * One claim, worked on by one run of the program. While the claim is parked the program runs on and nothing is reported, because it would be refused;
 * what it has come to is told when the claim goes on.
 */
final class Attempt implements AutoCloseable {
  private static final Duration LOOK = Duration.ofMillis(100);
  private static final Duration REPORT = Duration.ofSeconds(5);
  private static final Duration SHORTEST_REPORT = Duration.ofMillis(500);
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** How long the claim is believed in without news. */
  private static final Duration CERTAIN = Duration.ofSeconds(15);

  /** How long a parked claim is left alone when no doorbell rings. */
  private static final Duration PARKED_LOOK = Duration.ofSeconds(3);

  private final FabricClients clients;
  private final AgentSettings settings;
  private final Claim claim;
  private final Consumer<String> talk;
  private final ClaimReports reports;
  private final WorkFolder folder = WorkFolder.create();
  /** Something has happened to the claim, or may have: it is to be looked at. */
  private final Semaphore news = new Semaphore(0);
  /** Why it is to be stopped. */
  private final AtomicReference<Ending> stop = new AtomicReference<>();
  private final AtomicReference<String> lost = new AtomicReference<>();
  private volatile boolean parked;
  private volatile boolean orphaned;
  private volatile boolean stopped;
  private long written;
  private Optional<CheckpointFile> checkpoint = Optional.empty();

  Attempt(FabricClients clients, AgentSettings settings, Claim claim, Consumer<String> talk) {
    this.clients = clients;
    this.settings = settings;
    this.claim = claim;
    this.talk = line -> talk.accept(claim.getTaskId() + ": " + line);
    this.reports = new ClaimReports(clients, claim);
  }

  Claim claim() {
    return claim;
  }

  /** The claim has ended without this agent: whatever the program does is in vain. */
  void lose(String reason) {
    lost.compareAndSet(null, reason);
    news.release();
  }

  /** Why the claim was lost, if it was. */
  Optional<String> lost() {
    return Optional.ofNullable(lost.get());
  }

  /** News of the claim may have passed by. */
  void doubt() {
    news.release();
  }

  /** The session has ended, and the claim with it unless it is parked. */
  void orphan() {
    orphaned = true;
    news.release();
  }

  /** Its blockers are resolved. */
  void resume() {
    goesOn();
    news.release();
  }

  /** A report was refused because the claim is parked. */
  void park() {
    if (!parked) {
      parked = true;
      talk.accept("the claim is parked; what the program does is reported when its blockers are resolved.");
    }
  }

  private void goesOn() {
    if (parked) {
      parked = false;
      talk.accept("the claim goes on.");
    }
  }

  /** Gives the work back undone. */
  void stop(String reason) {
    stop.compareAndSet(null, new Ending.Released(reason));
    stopped = true;
    news.release();
  }

  /** Whether it was told to give the work back. */
  boolean isStopped() {
    return stopped;
  }

  /** Runs the program to its end, or to that of the claim. */
  Ending work() throws InterruptedException {
    Program program;
    try {
      writePayload();
      checkpoint = Optional.of(new CheckpointFile(folder.checkpoint(), claim.getCheckpoint(), talk));
      program = Program.start(settings.command(), folder.environment(claim), folder.payload(), folder.result(), talk);
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
    written = program.written();
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
      } else if (news.tryAcquire() || System.nanoTime() - looked >= (parked ? PARKED_LOOK : CERTAIN).toNanos()) {
        looked = System.nanoTime();
        look();
      } else if (!parked && System.nanoTime() - reported >= every().toNanos() && program.signsOfWork() != signs) {
        signs = program.signsOfWork();
        reported = System.nanoTime();
        progress(program.written(), changed());
      } else if (!parked && System.nanoTime() - reported >= SHORTEST_REPORT.toNanos() && checkpoint.filter(CheckpointFile::isTouched).isPresent()) {
        Optional<ByteString> noted = changed();
        if (noted.isPresent()) {
          reported = System.nanoTime();
          progress(program.written(), noted);
        }
      }
    }
    if (program.written() > Limits.OBJECT_BYTES) {
      stop.compareAndSet(null, EndingRules.tooLarge());
    }
  }

  /** Waits while the claim is parked, until it goes on, is lost, or the agent stops. */
  void awaitResumption() throws InterruptedException {
    while (lost.get() == null && !stopped && parked) {
      news.tryAcquire(PARKED_LOOK.toMillis(), TimeUnit.MILLISECONDS);
      news.drainPermits();
      if (lost.get() == null && !stopped) {
        look();
      }
    }
  }

  /** How the claim stands; without a report, which would be taken for progress. */
  private void look() {
    try {
      Task task = clients.tasks().getTask(GetTaskRequest.newBuilder().setTaskId(claim.getTaskId()).build()).getTask();
      Claimed held = task.hasParked() ? task.getParked().getClaim() : task.getClaimed();
      if (held.getFence() != claim.getFence()) {
        lose("the task is " + task.getStateCase() + (held.getSwarmId().isEmpty() ? "" : " by swarm " + held.getSwarmId()));
      } else if (task.hasParked()) {
        orphaned = false; // it goes on under the session that there is then
        park();
      } else if (orphaned && !parked) {
        lose("the session has ended");
      } else {
        orphaned = false;
        goesOn();
      }
    } catch (RuntimeException away) {
      if (orphaned && !parked) {
        lose("the session has ended");
      } else if (!parked) {
        news.release(); // and looked at again
      }
    }
  }

  private Duration every() {
    if (!claim.getSpec().hasProgressTimeout()) {
      return REPORT;
    }
    Duration third = Duration.ofMillis(Durations.toMillis(claim.getSpec().getProgressTimeout()) / 3);
    return third.compareTo(REPORT) > 0 ? REPORT : third.compareTo(SHORTEST_REPORT) < 0 ? SHORTEST_REPORT : third;
  }

  private Optional<ByteString> changed() {
    return checkpoint.flatMap(CheckpointFile::changed);
  }

  private void progress(long bytes, Optional<ByteString> noted) {
    try {
      reports.progress(bytes, noted);
      noted.ifPresent(data -> checkpoint.orElseThrow().kept(data));
    } catch (RuntimeException failure) {
      noted.ifPresent(none -> checkpoint.orElseThrow().notKept());
      Optional<Refusal> refusal = Errors.refusalOf(failure);
      if (refusal.filter(each -> each.code() == ErrorCode.ERROR_CODE_TASK_NOT_READY).isPresent()) {
        park();
        news.release(); // it may be another's by now
      } else {
        refusal.filter(each -> each.traits().getType() == ErrorType.ERROR_TYPE_CONFLICT).ifPresent(each -> lose(each.message()));
      }
    }
  }

  private void writePayload() {
    try {
      if (claim.getSpec().hasPayloadObject()) {
        Requests.retrying(
            PATIENCE,
            () -> {
              clients.objects().get(claim.getSpec().getPayloadObject().getSha256(), folder.payload());
              return folder;
            });
      } else {
        Files.write(folder.payload(), claim.getSpec().getPayload().toByteArray());
      }
    } catch (IOException failure) {
      throw new UncheckedIOException("the payload cannot be written to " + folder.payload(), failure);
    }
  }

  /** Brings to the task what the program has noted at last; nothing while the claim is parked. */
  void note() {
    if (!parked && lost.get() == null) {
      changed().ifPresent(noted -> progress(written, Optional.of(noted)));
    }
  }

  /** Whether the claim is stopped by a blocker, as far as is known. */
  boolean isParked() {
    return parked;
  }

  /** Ends the claim as the program ended, and says how; throws what the fabric refuses. */
  String report(Ending ending) {
    return switch (ending) {
      case Ending.Completed() -> reports.complete(folder.result(), cost());
      case Ending.Failed(String reason, boolean retryable) -> reports.fail(reason, retryable, cost());
      case Ending.Released(String reason) -> reports.release(reason, cost());
    };
  }

  private long cost() {
    return EndingRules.cost(folder.toldCost(), settings.costMicros(), claim.getSpec().getMaxCostMicros());
  }

  /** Ends a claim that could not be ended as the program ended. */
  String fail(String reason) {
    return reports.fail(reason, true, 0);
  }

  @Override
  public void close() {
    folder.delete(talk);
  }
}
