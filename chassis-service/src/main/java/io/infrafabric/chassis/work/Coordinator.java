package io.infrafabric.chassis.work;

import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Duration;

/** The coordinator as a swarm sees it. Calls block; failures are {@link io.infrafabric.error.RefusedException}s. */
public interface Coordinator {
  /**
   * A session that was opened.
   *
   * @param ttl how long it lives without a sign of life
   */
  record Opened(String sessionId, Duration ttl) {}

  /** Opens the swarm's session; one that is alive is replaced and its claims are lost. */
  Opened open(String requestId, SwarmId swarm);

  /** Keeps the session alive: SESSION_NOT_FOUND when it has ended. */
  void keepAlive(String requestId, SwarmId swarm, String sessionId);

  /** Ends the session; its claims go back. */
  void close(String requestId, SwarmId swarm, String sessionId);

  /** Claims one task. */
  Claim claim(String requestId, SwarmId swarm, String sessionId, TaskId task);

  /** Claims the first task that the swarm may have: NO_TASK_READY when there is none. */
  Claim claimNext(String requestId, SwarmId swarm, String sessionId);

  /** Says that the holder is alive and at work. */
  void progress(String requestId, Claim claim);

  /** Ends the claim with a result. */
  void complete(CompleteTaskRequest request);

  /** Ends the attempt without a result. */
  void fail(FailTaskRequest request);

  /** Gives the task back undone. */
  void release(ReleaseTaskRequest request);
}
