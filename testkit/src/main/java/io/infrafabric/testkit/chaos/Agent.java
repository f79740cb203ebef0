package io.infrafabric.testkit.chaos;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CloseSessionRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.OpenSessionResponse;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.SessionServiceGrpc;
import io.infrafabric.coordinator.v1.TaskServiceGrpc;
import io.infrafabric.kit.time.Times;
import io.infrafabric.testkit.chaos.Caller.About;
import io.infrafabric.testkit.chaos.Caller.Result;
import io.infrafabric.testkit.history.Call;
import io.infrafabric.testkit.history.Call.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A swarm of one thread that does whatever comes to mind: claims, dawdles, reports, completes, fails, gives back, forgets, comes back
 * with what it held long ago, closes its session, opens another over it, and cancels what others work on.
 */
final class Agent {
  private static final int MANY = 16;

  /** Share of the children of mappings that it takes so long for that they may get a twin. */
  private static final double DAWDLES = 0.2;

  private static final Duration LONG = Duration.ofMillis(1_200);

  private final String name;
  private final CrowdSettings settings;
  private final Caller caller;
  private final Operator operator;
  private final Tasks tasks;
  private final Random random;
  private final List<Claim> held = new ArrayList<>();
  private final List<Claim> old = new ArrayList<>();
  /** Until when it dawdles over a claim, by fence. */
  private final Map<Long, Long> untilNanos = new HashMap<>();
  private volatile String session = "";
  private volatile boolean calm;
  private volatile boolean afresh;
  private boolean idle;

  Agent(String name, CrowdSettings settings, Caller caller, Operator operator, Tasks tasks, Random random) {
    this.name = name;
    this.settings = settings;
    this.caller = caller;
    this.operator = operator;
    this.tasks = tasks;
    this.random = random;
  }

  /** From now on it only does its work, with a new session: what it holds and has forgotten is taken back. */
  void calmDown() {
    afresh = true;
    calm = true;
  }

  /** One thing. True when there was nothing to do. */
  boolean step() {
    idle = false;
    int dice = random.nextInt(1_000);
    if (session.isEmpty() || afresh) {
      afresh = false;
      open();
    } else if (!calm && dice < settings.mischief()) {
      mischief(random.nextInt(40));
    } else if (held.size() < settings.maxConcurrent() && (held.isEmpty() || random.nextInt(5) < 2)) {
      claim(random.nextInt(10) == 0);
    } else if (!held.isEmpty()) {
      report(random.nextInt(100));
    }
    return idle;
  }

  private void mischief(int dice) {
    if (dice < 4) {
      close();
    } else if (dice < 8) {
      open(); // over the session that is alive
    } else if (dice < 12) {
      tasks.recent(random).ifPresent(this::cancel);
    } else if (dice < 16) {
      operator.trip(name);
    } else if (dice < 20 && !held.isEmpty()) {
      retire(held.removeFirst()); // it forgets that it holds it, and remembers too late
    } else if (!old.isEmpty()) {
      // Mostly what it lost last: somebody else may be at it.
      end(random.nextInt(4) > 0 ? old.getLast() : old.get(random.nextInt(old.size())), random.nextInt(100));
    }
  }

  private void open() {
    forgetAll();
    OpenSessionRequest request =
        OpenSessionRequest.newBuilder().setRequestId(Caller.request()).setSwarmId(name).setReplace(true).setTtl(Times.toProto(settings.sessionTtl())).build();
    Result<OpenSessionResponse> result =
        caller.call(
            new About(Call.Kind.OPEN, name, "", request.getRequestId(), 0),
            door -> SessionServiceGrpc.newBlockingStub(door).openSession(request),
            opened -> new Answer.Done());
    session = result instanceof Result.Told<OpenSessionResponse>(OpenSessionResponse opened) ? opened.getSessionId() : "";
  }

  private void close() {
    CloseSessionRequest request =
        CloseSessionRequest.newBuilder().setRequestId(Caller.request()).setSwarmId(name).setSessionId(session).build();
    caller.call(
        new About(Call.Kind.CLOSE, name, "", request.getRequestId(), 0),
        door -> SessionServiceGrpc.newBlockingStub(door).closeSession(request),
        closed -> new Answer.Done());
    session = "";
    forgetAll();
  }

  /** Says that it lives. Called by another thread. */
  void keepAlive() {
    String mine = session;
    if (!mine.isEmpty()) {
      KeepAliveRequest request = KeepAliveRequest.newBuilder().setRequestId(Caller.request()).setSwarmId(name).setSessionId(mine).build();
      caller.insist(door -> SessionServiceGrpc.newBlockingStub(door).keepAlive(request));
    }
  }

  private void forgetAll() {
    held.forEach(this::retire);
    held.clear();
    untilNanos.clear();
  }

  private void retire(Claim claim) {
    untilNanos.remove(claim.getFence());
    if (old.size() == MANY) {
      old.remove(random.nextInt(MANY));
    }
    old.add(claim);
  }

  private void claim(boolean certainOne) {
    String request = Caller.request();
    String under = session;
    if (certainOne) {
      String task = tasks.recent(random).orElse("none");
      ClaimTaskRequest sent = ClaimTaskRequest.newBuilder().setRequestId(request).setTaskId(task).setSwarmId(name).setSessionId(under).build();
      got(caller.call(new About(Call.Kind.CLAIM, name, task, request, 0), door -> ClaimServiceGrpc.newBlockingStub(door).claimTask(sent).getClaim(), Agent::told));
    } else {
      ClaimNextRequest sent = ClaimNextRequest.newBuilder().setRequestId(request).setSwarmId(name).setSessionId(under).build();
      got(caller.call(new About(Call.Kind.CLAIM_NEXT, name, "", request, 0), door -> ClaimServiceGrpc.newBlockingStub(door).claimNext(sent).getClaim(), Agent::told));
    }
  }

  private static Answer told(Claim claim) {
    return new Answer.Got(claim.getTaskId(), claim.getSwarmId(), claim.getClaimId(), claim.getFence());
  }

  private void got(Result<Claim> result) {
    switch (result) {
      case Result.Told<Claim>(Claim claim) -> {
        if (held.stream().noneMatch(other -> other.getFence() == claim.getFence())) {
          held.add(claim);
          dawdle(claim);
        }
      }
      case Result.No<Claim>(ErrorCode code) -> refused(code);
      case Result.Silence<Claim> silence -> {
        // If it has a claim it does not know of it: the session must end for it to be taken back.
        session = "";
        forgetAll();
      }
    }
  }

  private void dawdle(Claim claim) {
    if (!claim.getSpec().getPlanId().isEmpty() && random.nextDouble() < DAWDLES) {
      untilNanos.put(claim.getFence(), System.nanoTime() + LONG.plusMillis(random.nextLong(LONG.toMillis())).toNanos());
    }
  }

  private boolean isAtWork(Claim claim) {
    Long until = untilNanos.get(claim.getFence());
    return calm || until == null || System.nanoTime() - until >= 0;
  }

  private void refused(ErrorCode code) {
    switch (code) {
      case ERROR_CODE_SESSION_NOT_FOUND -> session = "";
      case ERROR_CODE_BREAKER_OPEN -> operator.reset(name);
      case ERROR_CODE_BUDGET_EXCEEDED -> operator.grant(name);
      case ERROR_CODE_AT_CAPACITY -> {
        if (held.isEmpty()) {
          session = ""; // it holds what it does not know of
        }
      }
      default -> idle = true;
    }
  }

  private void report(int dice) {
    List<Claim> atWork = held.stream().filter(this::isAtWork).toList();
    if (atWork.isEmpty()) {
      idle = true;
      return;
    }
    Claim claim = atWork.get(random.nextInt(atWork.size()));
    if (dice < 10) {
      progress(claim, dice);
    } else {
      held.remove(claim);
      if (end(claim, dice)) {
        retire(claim);
      }
    }
  }

  private void progress(Claim claim, int percent) {
    ReportProgressRequest sent =
        ReportProgressRequest.newBuilder().setRequestId(Caller.request()).setTaskId(claim.getTaskId()).setSwarmId(name).setFence(claim.getFence()).setPercent(percent).build();
    caller.call(about(Call.Kind.PROGRESS, claim, sent.getRequestId()), door -> ClaimServiceGrpc.newBlockingStub(door).reportProgress(sent), done -> new Answer.Done());
  }

  private static About about(Call.Kind kind, Claim claim, String request) {
    return new About(kind, claim.getSwarmId(), claim.getTaskId(), request, claim.getFence());
  }

  /** Ends the claim in one way or another; false when nobody answered. */
  private boolean end(Claim claim, int dice) {
    long cap = claim.getSpec().getMaxCostMicros();
    long cost = cap == 0 ? 0 : random.nextLong(cap + 1);
    Result<?> result = calm || dice < 80 ? complete(claim, cost) : dice < 94 ? fail(claim, cost, dice % 4 > 0) : release(claim);
    if (result instanceof Result.Silence<?>) {
      session = ""; // it may hold it still: a new session makes an end of that
      forgetAll();
      return false;
    }
    return true;
  }

  private Result<?> complete(Claim claim, long cost) {
    CompleteTaskRequest sent =
        CompleteTaskRequest.newBuilder().setRequestId(Caller.request()).setTaskId(claim.getTaskId()).setSwarmId(name).setFence(claim.getFence()).setCostMicros(cost).build();
    return caller.call(about(Call.Kind.COMPLETE, claim, sent.getRequestId()), door -> ClaimServiceGrpc.newBlockingStub(door).completeTask(sent), done -> new Answer.Done());
  }

  private Result<?> fail(Claim claim, long cost, boolean retryable) {
    FailTaskRequest sent =
        FailTaskRequest.newBuilder().setRequestId(Caller.request()).setTaskId(claim.getTaskId()).setSwarmId(name).setFence(claim.getFence()).setRetryable(retryable).setCostMicros(cost).build();
    return caller.call(about(Call.Kind.FAIL, claim, sent.getRequestId()), door -> ClaimServiceGrpc.newBlockingStub(door).failTask(sent), done -> new Answer.Done());
  }

  private Result<?> release(Claim claim) {
    ReleaseTaskRequest sent =
        ReleaseTaskRequest.newBuilder().setRequestId(Caller.request()).setTaskId(claim.getTaskId()).setSwarmId(name).setFence(claim.getFence()).build();
    return caller.call(about(Call.Kind.RELEASE, claim, sent.getRequestId()), door -> ClaimServiceGrpc.newBlockingStub(door).releaseTask(sent), done -> new Answer.Done());
  }

  private void cancel(String task) {
    CancelTaskRequest sent = CancelTaskRequest.newBuilder().setRequestId(Caller.request()).setTaskId(task).setReason("chaos").build();
    caller.call(new About(Call.Kind.CANCEL, "", task, sent.getRequestId(), 0), door -> TaskServiceGrpc.newBlockingStub(door).cancelTask(sent), done -> new Answer.Done());
  }
}
