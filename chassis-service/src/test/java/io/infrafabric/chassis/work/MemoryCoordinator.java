package io.infrafabric.chassis.work;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/** The coordinator's rules for one swarm in memory, with faults: requests and answers get lost, sessions end. */
final class MemoryCoordinator implements Coordinator {
  private record Held(String session, Claim claim) {}

  private final Random random;
  private final Deque<TaskSpec> ready = new ArrayDeque<>();
  private final Map<String, Held> held = new LinkedHashMap<>();
  private final Map<String, Object> done = new HashMap<>();
  final Map<String, CompleteTaskRequest> completed = new HashMap<>();
  final Map<String, FailTaskRequest> failed = new HashMap<>();
  private double loss;
  private String session = "";
  private long fence = 100;
  private int sessionEndsAfter = -1;
  int sessions;
  int claims;
  int mostHeld;

  MemoryCoordinator(long seed) {
    random = new Random(seed);
  }

  /** This share of the requests gets lost, and so does this share of the answers. */
  synchronized void lose(double share) {
    loss = share;
  }

  synchronized void submit(TaskSpec spec) {
    ready.add(spec);
  }

  /** Ends the session; its claims go back. */
  synchronized void endSession() {
    session = "";
    held.values().forEach(h -> ready.addFirst(h.claim().getSpec()));
    held.clear();
  }

  /** Ends the session as soon as so many tasks are completed. */
  synchronized void endSessionAfter(int tasks) {
    sessionEndsAfter = tasks;
  }

  synchronized int ended() {
    return completed.size() + failed.size();
  }

  synchronized boolean hasSession() {
    return !session.isEmpty();
  }

  @Override
  public Opened open(String requestId, SwarmId swarm) {
    return call(
        requestId,
        () -> {
          endSession();
          session = "session-" + ++sessions;
          return new Opened(session, Duration.ofMillis(300));
        });
  }

  @Override
  public void keepAlive(String requestId, SwarmId swarm, String sessionId) {
    call(requestId, () -> require(sessionId));
  }

  @Override
  public void close(String requestId, SwarmId swarm, String sessionId) {
    call(
        requestId,
        () -> {
          require(sessionId);
          endSession();
          return "";
        });
  }

  /** A task given back is ready again. */
  @Override
  public void release(ReleaseTaskRequest request) {
    call(
        request.getRequestId(),
        () -> {
          Held back = held.remove(request.getTaskId());
          if (back != null) {
            ready.addLast(back.claim().getSpec());
          }
          return "";
        });
  }

  @Override
  public Claim claim(String requestId, SwarmId swarm, String sessionId, TaskId task) {
    return call(
        requestId,
        () -> {
          require(sessionId);
          Held known = held.get(task.value());
          return known != null ? known.claim() : take(ready.stream().filter(s -> s.getTaskId().equals(task.value())).findFirst().orElseThrow(MemoryCoordinator::none));
        });
  }

  @Override
  public Claim claimNext(String requestId, SwarmId swarm, String sessionId) {
    return call(
        requestId,
        () -> {
          require(sessionId);
          if (ready.isEmpty()) {
            throw none();
          }
          return take(ready.peekFirst());
        });
  }

  @Override
  public void progress(String requestId, Claim claim) {}

  @Override
  public void complete(CompleteTaskRequest request) {
    call(
        request.getRequestId(),
        () -> {
          end(request.getTaskId(), request.getFence());
          completed.put(request.getTaskId(), request);
          if (completed.size() == sessionEndsAfter) {
            endSession();
          }
          return true;
        });
  }

  @Override
  public void fail(FailTaskRequest request) {
    call(
        request.getRequestId(),
        () -> {
          end(request.getTaskId(), request.getFence());
          return failed.put(request.getTaskId(), request) == null;
        });
  }

  private Claim take(TaskSpec spec) {
    ready.remove(spec);
    claims++;
    fence++;
    Claim claim =
        Claim.newBuilder().setClaimId("claim-" + fence).setTaskId(spec.getTaskId()).setSwarmId("census").setFence(fence).setSpec(spec).build();
    held.put(spec.getTaskId(), new Held(session, claim));
    mostHeld = Math.max(mostHeld, held.size());
    return claim;
  }

  private void end(String task, long withFence) {
    Held known = held.get(task);
    if (known == null || known.claim().getFence() != withFence) {
      throw refusal(ErrorCode.ERROR_CODE_STALE_FENCE);
    }
    held.remove(task);
  }

  private String require(String sessionId) {
    if (!sessionId.equals(session)) {
      throw refusal(ErrorCode.ERROR_CODE_SESSION_NOT_FOUND);
    }
    return sessionId;
  }

  @SuppressWarnings("unchecked")
  private synchronized <T> T call(String requestId, Supplier<T> work) {
    if (random.nextDouble() < loss) {
      throw refusal(ErrorCode.ERROR_CODE_UNAVAILABLE);
    }
    Object answer = done.get(requestId);
    if (answer == null) {
      answer = work.get();
      done.put(requestId, answer);
    }
    if (random.nextDouble() < loss) {
      throw refusal(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN);
    }
    return (T) answer;
  }

  private static RefusedException none() {
    return refusal(ErrorCode.ERROR_CODE_NO_TASK_READY);
  }

  private static RefusedException refusal(ErrorCode code) {
    return Refusal.of(code, "in memory").asException();
  }
}
