package io.infrafabric.cli.agent;

import com.google.gson.JsonObject;
import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.cli.output.Output;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ErrorType;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.Resumption;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.kit.time.Times;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** Works for a swarm: claims what is offered, has the program do it, and ends the claim as the program ended. */
public final class ProgramAgent implements AgentSession.Listener {
  private static final int WAITING_OFFERS = 256;
  private static final Duration IDLE = Duration.ofMillis(500);
  private static final Duration LEAVE = Duration.ofSeconds(5);

  private final FabricClients clients;
  private final AgentSettings settings;
  private final Output out;
  private final Consumer<String> talk;
  private final BlockingQueue<String> offers = new ArrayBlockingQueue<>(WAITING_OFFERS);
  private final Map<Long, Attempt> running = new ConcurrentHashMap<>();
  private final Map<Long, String> withdrawn =
      Collections.synchronizedMap(
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Long, String> eldest) {
              return size() > WAITING_OFFERS;
            }
          });
  private final List<Thread> workers = new ArrayList<>();
  /** Threads of attempts whose program has ended while the claim was parked. */
  private final Map<Attempt, Thread> holding = new ConcurrentHashMap<>();
  private final HeldClaims held;
  private final NewClaims claims;
  private final Semaphore tasksLeft;
  private final AtomicReference<RuntimeException> trouble = new AtomicReference<>();
  private volatile boolean ending;
  private volatile boolean mayBeMore = true;
  private AgentSession session;

  /**
   * @param out hears how each claim ended
   * @param talk hears what the program says, and what else a person would want to know
   */
  public ProgramAgent(FabricClients clients, AgentSettings settings, Output out, Consumer<String> talk) {
    this.clients = clients;
    this.settings = settings;
    this.out = out;
    this.talk = talk;
    this.held = new HeldClaims(clients, settings, talk);
    this.claims = new NewClaims(clients, settings, () -> session.id(), this::onUnregistered, talk);
    this.tasksLeft = new Semaphore(settings.mostTasks() == 0 ? Integer.MAX_VALUE : settings.mostTasks());
  }

  /** Works until there were as many tasks as it was told to do, or until it is stopped. */
  public void run() throws InterruptedException {
    if (!Program.exists(settings.command().getFirst())) {
      throw Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "there is no program " + settings.command().getFirst() + " that may be run").asException();
    }
    new Registration(clients, settings, talk).register();
    session = AgentSession.open(clients, settings, this);
    held.look();
    talk.accept("agent of swarm %s is at work; Ctrl-C ends it.".formatted(settings.swarm()));
    for (int i = 1; i <= settings.jobs(); i++) {
      workers.add(Threads.startVirtual("agent-" + i, this::work));
    }
    for (Thread worker : workers) {
      worker.join();
    }
    for (Thread thread : holding.values()) {
      thread.join();
    }
    session.close();
    if (trouble.get() != null) {
      throw trouble.get();
    }
  }

  /** Stops the programs, gives their work back, and ends the session. */
  public void stop() throws InterruptedException {
    ending = true;
    running.values().forEach(attempt -> attempt.stop("the agent was stopped"));
    for (Thread worker : List.copyOf(workers)) {
      worker.join(LEAVE);
    }
    for (Thread thread : holding.values()) {
      thread.join(LEAVE);
    }
    if (session != null) {
      session.close();
    }
  }

  private void work() {
    try {
      while (!ending) {
        boolean mayComeBack = !holding.isEmpty();
        if (!tasksLeft.tryAcquire(mayComeBack ? IDLE.toMillis() : 0, TimeUnit.MILLISECONDS)) {
          if (!mayComeBack) {
            return;
          }
          continue;
        }
        Optional<Claim> claim = next();
        if (claim.isPresent()) {
          attempt(claim.get());
        } else {
          tasksLeft.release();
        }
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException failure) {
      fail(failure);
    }
  }

  private void fail(RuntimeException failure) {
    trouble.compareAndSet(null, failure);
    ending = true;
    running.values().forEach(attempt -> attempt.stop("the agent has failed"));
  }

  private Optional<Claim> next() throws InterruptedException {
    Optional<Claim> before = held.next();
    if (before.isPresent()) {
      return before;
    }
    if (mayBeMore) {
      mayBeMore = false;
      Optional<Claim> claim = claims.ask().filter(this::isNew);
      mayBeMore |= claim.isPresent();
      return claim;
    }
    String offered = offers.poll(IDLE.toMillis(), TimeUnit.MILLISECONDS);
    return offered == null || ending ? Optional.empty() : claims.answer(offered).filter(this::isNew);
  }

  /** Not the answer to an older question once more. */
  private boolean isNew(Claim claim) {
    return !running.containsKey(claim.getFence());
  }

  private void attempt(Claim claim) throws InterruptedException {
    Attempt attempt = new Attempt(clients, settings, claim, talk);
    if (running.putIfAbsent(claim.getFence(), attempt) != null) {
      attempt.close();
      tasksLeft.release();
      return;
    }
    Optional.ofNullable(withdrawn.remove(claim.getFence())).ifPresent(attempt::lose);
    if (ending) {
      attempt.stop("the agent was stopped");
    }
    boolean ended = true;
    try {
      Ending programEnd = attempt.work();
      ended = isEnded(attempt, programEnd);
      if (!ended) {
        // The thread of this worker is for the next program.
        Thread holder = Thread.ofVirtual().name("parked-" + claim.getTaskId()).unstarted(() -> hold(attempt, programEnd));
        holding.put(attempt, holder);
        holder.start();
      }
    } catch (RuntimeException failure) {
      afterFailure(attempt, failure).ifPresentOrElse(outcome -> tell(claim, outcome), () -> beginAgain(attempt));
    } finally {
      if (ended) {
        leave(attempt);
      }
      mayBeMore = true;
    }
  }

  /** The claim is over for this agent. */
  private void leave(Attempt attempt) {
    attempt.close();
    running.remove(attempt.claim().getFence(), attempt);
  }

  /** The claim is gone on with by another run of the program, when it is not parked any more. */
  private void beginAgain(Attempt attempt) {
    running.remove(attempt.claim().getFence(), attempt);
    held.resumed(attempt.claim().getClaimId());
  }

  /** Keeps what a program has come to while its claim is parked, and tells it when the claim goes on; work that it gave back is begun again. */
  private void hold(Attempt attempt, Ending programEnd) {
    try {
      do {
        attempt.awaitResumption();
        attempt.note();
        boolean again = programEnd instanceof Ending.Released && !ending && !attempt.isStopped();
        if (again && !attempt.isParked() && attempt.lost().isEmpty()) {
          talk.accept(attempt.claim().getTaskId() + ": the program is started again.");
          beginAgain(attempt);
          tasksLeft.release();
          attempt.close();
          return;
        }
      } while (!isEnded(attempt, programEnd));
      leave(attempt);
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException failure) {
      fail(failure);
    } finally {
      holding.remove(attempt);
    }
  }

  /** Reports the end, unless the claim is parked: then there is nothing to tell yet, but by an agent that stops. */
  private boolean isEnded(Attempt attempt, Ending programEnd) {
    attempt.note();
    if (attempt.lost().isPresent()) {
      tell(attempt.claim(), "lost: " + attempt.lost().get());
      return true;
    }
    if (attempt.isParked() && !attempt.isStopped()) {
      return false;
    }
    try {
      tell(attempt.claim(), attempt.report(programEnd));
    } catch (RuntimeException failure) {
      Optional<String> outcome = afterFailure(attempt, failure);
      outcome.ifPresent(told -> tell(attempt.claim(), told));
      return outcome.isPresent();
    }
    return true;
  }

  /** A report that was refused because the claim was lost is the end of it; any other failure must not keep the claim. */
  private static Optional<String> afterFailure(Attempt attempt, RuntimeException failure) {
    Optional<Refusal> refusal = Errors.refusalOf(failure);
    if (refusal.filter(each -> each.code() == ErrorCode.ERROR_CODE_TASK_NOT_READY).isPresent()) {
      attempt.park();
      return Optional.of("parked: its blockers are open, and the agent was stopped").filter(told -> attempt.isStopped());
    }
    if (refusal.filter(each -> each.traits().getType() == ErrorType.ERROR_TYPE_CONFLICT).isPresent()) {
      return Optional.of("lost: " + refusal.get().message());
    }
    try {
      return Optional.of(attempt.fail(refusal.map(Refusal::message).orElseGet(failure::toString)));
    } catch (RuntimeException again) {
      return Optional.of("lost: " + Errors.refusalOf(again).map(Refusal::message).orElseGet(again::toString));
    }
  }

  private synchronized void tell(Claim claim, String outcome) {
    int colon = outcome.indexOf(": ");
    JsonObject line = new JsonObject();
    line.addProperty("taskId", claim.getTaskId());
    line.addProperty("attempt", claim.getAttempt());
    line.addProperty("fence", claim.getFence());
    line.addProperty("outcome", colon < 0 ? outcome : outcome.substring(0, colon));
    line.addProperty("reason", colon < 0 ? "" : outcome.substring(colon + 2));
    out.next(line, () -> "%s attempt %d %s".formatted(claim.getTaskId(), claim.getAttempt(), outcome));
  }

  @Override
  public void onOffer(Offer offer) {
    if (offer.hasWithdrawal()) {
      withdraw(offer.getWithdrawal().getFence(), offer.getWithdrawal().getReason());
    } else if (Times.toInstant(offer.getExpiresAt()).isAfter(Instant.now()) && !offers.offer(offer.getTaskId())) {
      mayBeMore = true; // more than it can keep in mind: it asks
    }
  }

  /** News of an end may come before the answer that the claim was made. */
  private void withdraw(long fence, String reason) {
    withdrawn.put(fence, reason);
    Attempt attempt = running.get(fence);
    if (attempt != null) {
      withdrawn.remove(fence);
      attempt.lose(reason);
    }
  }

  @Override
  public void onMissed() {
    mayBeMore = true;
    running.values().forEach(Attempt::doubt);
  }

  @Override
  public void onLost() {
    running.values().forEach(Attempt::orphan);
  }

  /** It may be one that nobody here works on: of an earlier life, or given back by its program. */
  @Override
  public void onResumed(Resumption resumption) {
    Attempt attempt = running.get(resumption.getFence());
    if (attempt == null) {
      held.resumed(resumption.getClaimId());
    } else {
      attempt.resume();
    }
  }

  @Override
  public void onTakenOver() {
    running.values().forEach(attempt -> attempt.lose("another agent has taken over"));
    trouble.compareAndSet(
        null,
        Refusal.of(ErrorCode.ERROR_CODE_SESSION_EXISTS, "another agent has taken over swarm " + settings.swarm()).asException());
    ending = true;
  }

  /** Takes nothing more, and ends when what it has begun is done: claims of an unregistered swarm may end as any other. */
  @Override
  public void onUnregistered() {
    Refusal refusal = Refusal.of(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, "swarm " + settings.swarm() + " is not registered any more").with("swarm_id", settings.swarm());
    if (trouble.compareAndSet(null, refusal.asException())) {
      talk.accept("swarm %s is not registered any more: no further claims.".formatted(settings.swarm()));
    }
    ending = true;
  }
}
