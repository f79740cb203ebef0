package io.infrafabric.testkit.chaos;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CloseSessionRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.OpenSessionResponse;
import io.infrafabric.coordinator.v1.SessionServiceGrpc;
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
 * A swarm of one thread that does whatever comes to mind: claims, dawdles, reports, is blocked, completes, fails, gives back, forgets, comes back
 * with what it held long ago, closes its session, opens another over it, and cancels what others work on.
 */
final class Agent {
  private static final int MANY = 16;

  /** Share of the children of mappings that it takes so long for that they may get a twin. */
  private static final double DAWDLES = 0.2;

  /** Between two looks at what it holds: a claim that was parked goes on under its newest session, which may not know of it. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  private static final Duration LONG = Duration.ofMillis(1_200);

  private final String name;
  private final CrowdSettings settings;
  private final Caller caller;
  private final Operator operator;
  private final Tasks tasks;
  private final Random random;
  private final List<Claim> held = new ArrayList<>();
  private final List<Claim> old = new ArrayList<>();
  private final Reports reports;
  private final Parking parking;
  /** Until when it dawdles over a claim, by fence. */
  private final Map<Long, Long> untilNanos = new HashMap<>();
  private volatile String session = "";
  private volatile boolean calm;
  private volatile boolean afresh;
  private boolean idle;
  private long lookAtNanos = System.nanoTime();

  Agent(String name, CrowdSettings settings, Caller caller, Operator operator, Tasks tasks, Random random) {
    this.name = name;
    this.settings = settings;
    this.caller = caller;
    this.operator = operator;
    this.tasks = tasks;
    this.random = random;
    this.reports = new Reports(name, caller);
    this.parking = new Parking(name, settings, caller, tasks, random);
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
    } else if (calm && held.isEmpty() && System.nanoTime() - lookAtNanos >= 0) {
      lookAtNanos = System.nanoTime() + LOOK.toNanos();
      held.addAll(reports.held());
    } else if (parking.isOver()) {
      goOn(parking.next());
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
      tasks.recent(random).ifPresent(reports::cancel);
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
    parking.leave().forEach(this::retire);
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
        loseTrack(); // if it has a claim it does not know of it: the session must end for it to be taken back
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
    if (!calm && parking.comesUp()) {
      stop(claim);
    } else if (dice < 10) {
      reports.progress(claim, dice);
    } else {
      held.remove(claim);
      if (end(claim, dice)) {
        retire(claim);
      }
    }
  }

  private void stop(Claim claim) {
    switch (parking.stop(claim)) {
      case Result.Told<Blocker> told -> held.remove(claim);
      case Result.No<Blocker>(ErrorCode code) -> {
        if (code != ErrorCode.ERROR_CODE_BLOCKER_CYCLE && code != ErrorCode.ERROR_CODE_TASK_NOT_FOUND) {
          held.remove(claim);
          retire(claim);
        }
      }
      case Result.Silence<Blocker> silence -> loseTrack();
    }
  }

  private void goOn(Parking.Stopped stopped) {
    switch (parking.goOn(stopped)) {
      case Result.Told<Blocker> told -> held.add(stopped.claim());
      case Result.No<Blocker> refused -> retire(stopped.claim());
      case Result.Silence<Blocker> silence -> loseTrack();
    }
  }

  /** It does not know what it holds: a new session makes an end of that. */
  private void loseTrack() {
    session = "";
    forgetAll();
  }

  /** Ends the claim in one way or another; false when nobody answered. */
  private boolean end(Claim claim, int dice) {
    long cap = claim.getSpec().getMaxCostMicros();
    long cost = cap == 0 ? 0 : random.nextLong(cap + 1);
    Result<?> result = calm || dice < 80 ? reports.complete(claim, cost) : dice < 94 ? reports.fail(claim, cost, dice % 4 > 0) : reports.release(claim);
    if (result instanceof Result.No(ErrorCode code) && code == ErrorCode.ERROR_CODE_COST_OVER_CAP) {
      result = reports.complete(claim, 0); // its help has had the most of the cap
    }
    if (result instanceof Result.Silence<?>) {
      loseTrack();
      return false;
    }
    return true;
  }
}
