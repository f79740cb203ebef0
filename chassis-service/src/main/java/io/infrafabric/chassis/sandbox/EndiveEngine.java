package io.infrafabric.chassis.sandbox;

import io.infrafabric.chassis.sandbox.ExecutionResult.Failed;
import io.infrafabric.chassis.sandbox.ExecutionResult.Failure;
import io.infrafabric.chassis.sandbox.ExecutionResult.Limit;
import io.infrafabric.chassis.sandbox.ExecutionResult.LimitExceeded;
import io.infrafabric.chassis.sandbox.ExecutionResult.Succeeded;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Runs modules with Endive 1.0.0, compiled to JVM code, in this process. */
public final class EndiveEngine implements Engine {
  private final Semaphore slots;
  private final AtomicInteger stuck = new AtomicInteger();
  private final EndiveModules modules = new EndiveModules();

  /**
   * @param slots runs at once
   */
  public EndiveEngine(int slots) {
    this.slots = new Semaphore(slots);
  }

  @Override
  public LoadedModule load(byte[] module, ExecutionLimits limits) {
    Optional<Refusal> refusal = Admission.check(module, limits);
    if (refusal.isPresent()) {
      throw refusal.get().asException();
    }
    return new Loaded(modules.of(module), limits);
  }

  @Override
  public int stuckThreads() {
    return stuck.get();
  }

  @Override
  public void close() {
    modules.clear();
  }

  private final class Loaded implements LoadedModule {
    private final EndiveModule module;
    private final ExecutionLimits limits;

    Loaded(EndiveModule module, ExecutionLimits limits) {
      this.module = module;
      this.limits = limits;
    }

    @Override
    public String sha256() {
      return module.sha256();
    }

    @Override
    public ExecutionResult run(byte[] payload, ModuleOutput output) throws InterruptedException {
      if (!slots.tryAcquire(limits.wallClock().toNanos(), TimeUnit.NANOSECONDS)) {
        throw Refusal.of(ErrorCode.ERROR_CODE_OVERLOADED, "sandbox: no thread became free in time")
            .retryAfter(Duration.ofSeconds(1))
            .asException();
      }
      return new OneRun(module, limits, payload, output).answer();
    }
  }

  /** A run seen from outside. */
  private final class OneRun {
    private final ExecutionLimits limits;
    private final EndiveRun inside;
    private final AtomicReference<EndiveRun.Ending> ending = new AtomicReference<>();
    private final AtomicReference<Boolean> givenUp = new AtomicReference<>();
    private final Watchdog watchdog;

    OneRun(EndiveModule module, ExecutionLimits limits, byte[] payload, ModuleOutput output) {
      this.limits = limits;
      this.inside = new EndiveRun(module, limits, payload, output);
      try {
        this.watchdog = new Watchdog("sandbox", () -> ending.set(inside.execute()), this::freeSlot);
      } catch (Throwable noThread) {
        slots.release();
        throw noThread;
      }
    }

    ExecutionResult answer() throws InterruptedException {
      try {
        Optional<Limit> limit = watchdog.await(limits.wallClock(), limits.cpuTime());
        Measures measures = new Measures(watchdog.wall(), watchdog.cpu(), inside.memoryBytes());
        return limit.map(at -> atLimit(at, measures)).orElseGet(() -> ended(measures));
      } finally {
        giveUpIfRunning();
      }
    }

    private ExecutionResult atLimit(Limit limit, Measures measures) {
      return new LimitExceeded(limit, watchdog.hasEnded() ? inside.log().get() : "", measures);
    }

    private ExecutionResult ended(Measures measures) {
      String log = inside.log().get();
      return switch (ending.get()) {
        case EndiveRun.Ending.Exited(int code) when code == 0 -> new Succeeded(log, measures);
        case EndiveRun.Ending.Exited(int code) -> new Failed(Failure.EXIT_CODE, code, log, measures);
        case EndiveRun.Ending.Broken(Failure failure) -> new Failed(failure, 0, log, measures);
        case EndiveRun.Ending.AtLimit(Limit limit) -> new LimitExceeded(limit, log, measures);
        case EndiveRun.Ending.Undelivered(RefusedException why) -> throw why;
        case EndiveRun.Ending.Stopped() -> new Failed(Failure.ENGINE, 0, log, measures);
        case null -> new Failed(Failure.ENGINE, 0, log, measures);
      };
    }

    /** A thread that goes on is counted, and its slot stays taken until it ends. */
    private void giveUpIfRunning() {
      if (!watchdog.hasEnded() && givenUp.compareAndSet(null, true)) {
        stuck.incrementAndGet();
      }
    }

    private void freeSlot() {
      if (!givenUp.compareAndSet(null, false)) {
        stuck.decrementAndGet();
      }
      slots.release();
    }
  }
}
