package io.infrafabric.cli.agent;

import com.google.gson.JsonObject;
import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.cli.fabric.Requests;
import io.infrafabric.cli.output.Output;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ErrorType;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.GetSwarmRequest;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.RegisterSwarmRequest;
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
import java.util.function.Supplier;

/** Works for a swarm: claims what is offered, has the program do it, and ends the claim as the program ended. */
public final class ProgramAgent implements AgentSession.Listener {
  private static final int WAITING_OFFERS = 256;
  private static final Duration IDLE = Duration.ofMillis(500);
  private static final Duration PATIENCE = Duration.ofMinutes(1);
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
  private final InheritedClaims inherited;
  private final Semaphore tasksLeft;
  private final AtomicReference<RuntimeException> trouble = new AtomicReference<>();
  private final AtomicReference<String> told = new AtomicReference<>("");
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
    this.inherited = new InheritedClaims(clients, settings, talk);
    this.tasksLeft = new Semaphore(settings.mostTasks() == 0 ? Integer.MAX_VALUE : settings.mostTasks());
  }

  /** Works until there were as many tasks as it was told to do, or until it is stopped. */
  public void run() throws InterruptedException {
    if (!Program.exists(settings.command().getFirst())) {
      throw Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "there is no program " + settings.command().getFirst() + " that may be run").asException();
    }
    register();
    session = AgentSession.open(clients, settings, this);
    inherited.look();
    talk.accept("agent of swarm %s is at work; Ctrl-C ends it.".formatted(settings.swarm()));
    for (int i = 1; i <= settings.jobs(); i++) {
      workers.add(Threads.startVirtual("agent-" + i, this::work));
    }
    for (Thread worker : workers) {
      worker.join();
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
    if (session != null) {
      session.close();
    }
  }

  private void register() {
    Optional<Manifest> manifest = manifest();
    if (manifest.isEmpty()) {
      Manifest own =
          Manifest.newBuilder()
              .setSwarmId(settings.swarm())
              .addAllCapabilities(settings.capabilities())
              .setMaxConcurrent(settings.jobs())
              .setDescription("a program, run by ifctl")
              .build();
      RegisterSwarmRequest request = RegisterSwarmRequest.newBuilder().setRequestId(Requests.newId()).setManifest(own).build();
      Requests.retrying(PATIENCE, () -> clients.registry().registerSwarm(request));
      talk.accept("swarm %s is registered with %s.".formatted(settings.swarm(), String.join(", ", settings.capabilities())));
      return;
    }
    List<String> missing = settings.capabilities().stream().filter(each -> !manifest.get().getCapabilitiesList().contains(each)).toList();
    if (!missing.isEmpty()) {
      throw Refusal.of(
              ErrorCode.ERROR_CODE_CAPABILITY_MISSING,
              "swarm %s is registered without %s; `ifctl swarm register` replaces its manifest".formatted(settings.swarm(), String.join(", ", missing)))
          .with("swarm_id", settings.swarm())
          .asException();
    }
  }

  private Optional<Manifest> manifest() {
    try {
      GetSwarmRequest request = GetSwarmRequest.newBuilder().setSwarmId(settings.swarm()).build();
      return Optional.of(Requests.retrying(PATIENCE, () -> clients.registry().getSwarm(request)).getManifest());
    } catch (RuntimeException failure) {
      if (refusedWith(failure).filter(code -> code == ErrorCode.ERROR_CODE_SWARM_NOT_FOUND).isPresent()) {
        return Optional.empty();
      }
      throw failure;
    }
  }

  private void work() {
    try {
      while (!ending && tasksLeft.tryAcquire()) {
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
      trouble.compareAndSet(null, failure);
      ending = true;
      running.values().forEach(attempt -> attempt.stop("the agent has failed"));
    }
  }

  private Optional<Claim> next() throws InterruptedException {
    Optional<Claim> before = inherited.next();
    if (before.isPresent()) {
      return before;
    }
    if (mayBeMore) {
      mayBeMore = false;
      Optional<Claim> claim = ask();
      mayBeMore |= claim.isPresent();
      return claim;
    }
    String offered = offers.poll(IDLE.toMillis(), TimeUnit.MILLISECONDS);
    return offered == null || ending ? Optional.empty() : answer(offered);
  }

  private Optional<Claim> ask() {
    ClaimNextRequest request =
        ClaimNextRequest.newBuilder().setRequestId(Requests.newId()).setSwarmId(settings.swarm()).setSessionId(session.id()).setAgent(name()).build();
    return claimed(() -> clients.claims().claimNext(request).getClaim());
  }

  private Optional<Claim> answer(String taskId) {
    ClaimTaskRequest request =
        ClaimTaskRequest.newBuilder()
            .setRequestId(Requests.newId())
            .setTaskId(taskId)
            .setSwarmId(settings.swarm())
            .setSessionId(session.id())
            .setAgent(name())
            .build();
    return claimed(() -> clients.claims().claimTask(request).getClaim());
  }

  private static String name() {
    return "ifctl-" + ProcessHandle.current().pid();
  }

  /** Claims, unless another one was faster, there is nothing, or the swarm may not now: all part of the game. */
  private Optional<Claim> claimed(Supplier<Claim> call) {
    try {
      return Optional.of(Requests.retrying(PATIENCE, call)).filter(claim -> !running.containsKey(claim.getFence()));
    } catch (RuntimeException failure) {
      Refusal refusal = Errors.refusalOf(failure).orElseThrow(() -> failure);
      return switch (refusal.traits().getType()) {
        case ERROR_TYPE_CONFLICT, ERROR_TYPE_EXTERNAL -> Optional.empty();
        case ERROR_TYPE_INSUFFICIENT -> {
          tellOnce(refusal);
          yield Optional.empty();
        }
        case ERROR_TYPE_USER -> {
          if (refusal.code() == ErrorCode.ERROR_CODE_TASK_NOT_FOUND) {
            yield Optional.empty();
          }
          if (refusal.code() == ErrorCode.ERROR_CODE_SWARM_NOT_FOUND) {
            onUnregistered();
            yield Optional.empty();
          }
          throw failure;
        }
        default -> throw failure;
      };
    }
  }

  /** Why it gets nothing, as long as a person can do something about it. */
  private void tellOnce(Refusal refusal) {
    boolean passes = refusal.code() == ErrorCode.ERROR_CODE_NO_TASK_READY || refusal.code() == ErrorCode.ERROR_CODE_AT_CAPACITY;
    if (!passes && !refusal.message().equals(told.getAndSet(refusal.message()))) {
      talk.accept("no claim: %s%n  %s".formatted(refusal.message(), refusal.traits().getAdvice()));
    }
  }

  private void attempt(Claim claim) throws InterruptedException {
    Attempt attempt = new Attempt(clients, settings, claim, talk);
    running.put(claim.getFence(), attempt);
    Optional.ofNullable(withdrawn.remove(claim.getFence())).ifPresent(attempt::lose);
    if (ending) {
      attempt.stop("the agent was stopped");
    }
    try {
      tell(claim, attempt.run());
    } catch (RuntimeException failure) {
      tell(claim, afterFailure(attempt, failure));
    } finally {
      running.remove(claim.getFence());
      mayBeMore = true;
    }
  }

  /** A report that was refused because the claim was lost is the end of it; any other failure must not keep the claim. */
  private static String afterFailure(Attempt attempt, RuntimeException failure) {
    Optional<Refusal> refusal = Errors.refusalOf(failure);
    if (refusal.filter(each -> each.traits().getType() == ErrorType.ERROR_TYPE_CONFLICT).isPresent()) {
      return "lost: " + refusal.get().message();
    }
    try {
      return attempt.fail(refusal.map(Refusal::message).orElseGet(failure::toString));
    } catch (RuntimeException again) {
      return "lost: " + Errors.refusalOf(again).map(Refusal::message).orElseGet(again::toString);
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

  private static Optional<ErrorCode> refusedWith(RuntimeException failure) {
    return Errors.refusalOf(failure).map(Refusal::code);
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
    running.values().forEach(attempt -> attempt.lose("the session has ended"));
  }

  @Override
  public void onTakenOver() {
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
