package io.infrafabric.chassis.work;

import io.infrafabric.chassis.contract.Workload.Counts;
import io.infrafabric.chassis.v1.Contract;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.nats.Subscription;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Works for one swarm: as many workers as its contract allows tasks at once wait for a doorbell, claim, execute, and then take
 * whatever is next until there is nothing. Since doorbells may be lost, one of them looks every two seconds.
 */
final class SwarmRunner implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SwarmRunner.class);
  private static final Duration CATCH_UP = Duration.ofSeconds(2);

  private final Contract contract;
  private final SwarmId swarm;
  private final Coordinator coordinator;
  private final ClaimRun work;
  private final Persistence persistence;
  private final InstantSource clock;
  private final ClaimsAtWork atWork = new ClaimsAtWork();
  private final Doorbells doorbells = new Doorbells(atWork::withdraw);
  private final ClaimsSeen seen = new ClaimsSeen();
  private final SessionKeeper session;
  private final Semaphore sessionDue = new Semaphore(0);
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicLong succeeded = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final Thread sessionThread;
  private final Subscription offers;
  private final Periodic catchUp;
  private final List<Thread> workers = new ArrayList<>();

  SwarmRunner(Contract contract, Coordinator coordinator, Bus bus, ClaimRun work, Persistence persistence, InstantSource clock) {
    this.contract = contract;
    this.swarm = new SwarmId(contract.getSwarmId());
    this.coordinator = coordinator;
    this.work = work;
    this.persistence = persistence;
    this.clock = clock;
    this.session = new SessionKeeper(coordinator, swarm, clock, doorbells::look);
    this.offers = bus.subscribe(Subjects.offer(swarm), doorbells::ring);
    this.sessionThread = Threads.start("session-" + swarm, this::keepSession);
    this.catchUp = Periodic.start("catch-up-" + swarm, CATCH_UP, doorbells::look);
    for (int i = 0; i < contract.getMaxConcurrent(); i++) {
      workers.add(Threads.startVirtual("work-" + swarm + "-" + i, this::work));
    }
  }

  Contract contract() {
    return contract;
  }

  Counts counts() {
    return new Counts(running.get(), succeeded.get(), failed.get());
  }

  /** Takes no more work; what was claimed goes on. */
  void stopTaking() {
    doorbells.stop();
    offers.close();
    catchUp.close();
  }

  /** Takes no more work, waits for the tasks at hand as long as their wall clock limit allows, and gives the session back. */
  @Override
  public void close() {
    close(Times.toDuration(contract.getLimits().getWallClock()).plusSeconds(5));
  }

  /** The same with less patience: then the executions are stopped, and their claims go back with the session. */
  void close(Duration patience) {
    stopTaking();
    long end = System.nanoTime() + patience.toNanos();
    try {
      for (Thread worker : workers) {
        worker.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
      }
      persistence.stop();
      workers.forEach(Thread::interrupt);
      sessionThread.interrupt();
      sessionThread.join(Duration.ofSeconds(1));
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
    session.close();
  }

  private void keepSession() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        sessionDue.drainPermits();
        Duration next = session.runOnce();
        sessionDue.tryAcquire(next.toNanos(), TimeUnit.NANOSECONDS);
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private void work() {
    try {
      while (true) {
        Doorbells.Hint hint = doorbells.take();
        if (hint instanceof Doorbells.Hint.Stop) {
          return;
        }
        Optional<Claim> claim = claim(hint);
        while (claim.isPresent()) {
          execute(claim.get());
          claim = doorbells.stopped() ? Optional.empty() : claim(new Doorbells.Hint.Look());
        }
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  /** A claim that was got makes another worker look whether there is more. */
  private Optional<Claim> claim(Doorbells.Hint hint) throws InterruptedException {
    Optional<String> current = session.sessionId();
    if (current.isEmpty()) {
      return Optional.empty();
    }
    String sessionId = current.get();
    String requestId = Ids.ulid(clock.millis());
    Supplier<Claim> call =
        switch (hint) {
          case Doorbells.Hint.Offered(var task) -> () -> coordinator.claim(requestId, swarm, sessionId, task);
          case Doorbells.Hint.Look(), Doorbells.Hint.Stop() -> () -> coordinator.claimNext(requestId, swarm, sessionId);
        };
    try {
      Claim claim = persistence.untilAnswered(call);
      doorbells.look();
      return seen.takeOn(claim.getClaimId()) ? Optional.of(claim) : Optional.empty();
    } catch (RefusedException refused) {
      notClaimed(refused.refusal(), sessionId);
      return Optional.empty();
    }
  }

  private void notClaimed(Refusal refusal, String sessionId) {
    if (refusal.code() == ErrorCode.ERROR_CODE_SESSION_NOT_FOUND) {
      session.lost(sessionId);
      sessionDue.release();
    }
    log.atDebug().addKeyValue("swarm", swarm).addKeyValue("cause", refusal.message()).log("nothing claimed");
  }

  private void execute(Claim claim) throws InterruptedException {
    running.incrementAndGet();
    try {
      (atWork.run(claim.getClaimId(), () -> work.run(claim)) ? succeeded : failed).incrementAndGet();
    } catch (RuntimeException bug) {
      failed.incrementAndGet();
      log.atError().setCause(bug).addKeyValue("task", claim.getTaskId()).log("the work on a claim ended unexpectedly");
    } finally {
      running.decrementAndGet();
    }
  }
}
