package io.infrafabric.cli.demo.swarm;

import io.infrafabric.cli.demo.TaskFollower;
import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.cli.fabric.Requests;
import io.infrafabric.coordinator.v1.SubmitTasksRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.kit.telemetry.Telemetry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;

/** Lets seven simulated swarms work through the dependent tasks. */
public final class SwarmJob implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration STALL = Duration.ofSeconds(60);
  private static final long SEED = 20_251_120;

  private final FabricClients clients;
  private final List<TaskSpec> specs = LanePlan.specs();
  private final List<SimulatedSwarm> swarms = new ArrayList<>();
  private final ClaimTimes claims = new ClaimTimes();
  private final Queue<String> troubles = new ConcurrentLinkedQueue<>();
  private final TaskFollower follower;

  /** A job that is not yet started. */
  public SwarmJob(FabricClients clients, Telemetry telemetry) {
    this.clients = clients;
    this.follower = TaskFollower.of(clients, LanePlan.LABELS);
    for (int i = 1; i <= LanePlan.LANES; i++) {
      swarms.add(new SimulatedSwarm("s" + i, LanePlan.skills(i), clients.addresses(), telemetry));
    }
  }

  /** Registers and pays the swarms and opens their sessions. */
  public void prepare() throws InterruptedException {
    for (SimulatedSwarm swarm : swarms) {
      swarm.join();
    }
  }

  /** Submits all tasks and lets the swarms work until all have ended or nothing moves any more. */
  public void run() throws InterruptedException {
    swarms.forEach(swarm -> swarm.work(claims, SEED, troubles::add));
    SubmitTasksRequest request = SubmitTasksRequest.newBuilder().setRequestId(Requests.newId()).addAllSpecs(specs).build();
    Requests.retrying(PATIENCE, () -> clients.tasks().submitTasks(request));
    follower.awaitEnded(specs.size(), STALL);
  }

  /** The ids of all tasks. */
  public Set<String> taskIds() {
    return specs.stream().map(TaskSpec::getTaskId).collect(Collectors.toSet());
  }

  /** The tasks that have ended, by id. */
  public Map<String, Task> ended() {
    return follower.ended();
  }

  /** How many are to be done. */
  public int size() {
    return specs.size();
  }

  /** How many have ended. */
  public int endedCount() {
    return follower.endedCount();
  }

  /** How long the agents' successful claims took. */
  public ClaimTimes claims() {
    return claims;
  }

  /** What stopped an agent, in words; nothing should. */
  public List<String> troubles() {
    return List.copyOf(troubles);
  }

  /** Ends the swarms and closes their sessions. */
  @Override
  public void close() {
    follower.close();
    List<Thread> closing = swarms.stream().map(swarm -> Thread.startVirtualThread(swarm::close)).toList();
    try {
      for (Thread thread : closing) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
