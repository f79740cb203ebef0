package io.infrafabric.testkit.chaos;

import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.ResolveBlockerRequest;
import io.infrafabric.testkit.chaos.Caller.About;
import io.infrafabric.testkit.chaos.Caller.Result;
import io.infrafabric.testkit.history.Call;
import io.infrafabric.testkit.history.Call.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The claims of a swarm that blockers stop: it raises them, for help that others can give, for a task that it waits for, or for nothing that anybody
 * knows, and after a while resolves them itself, if its help or a person has not done so before.
 */
final class Parking {
  private static final int MOST = 3;

  private final String swarm;
  private final CrowdSettings settings;
  private final Caller caller;
  private final Tasks tasks;
  private final Random random;
  private final List<Stopped> stopped = new ArrayList<>();

  /** A claim and the blocker that stops it. */
  record Stopped(Claim claim, String blocker) {}

  Parking(String swarm, CrowdSettings settings, Caller caller, Tasks tasks, Random random) {
    this.swarm = swarm;
    this.settings = settings;
    this.caller = caller;
    this.tasks = tasks;
    this.random = random;
  }

  /** Whether something gets in the way now. */
  boolean comesUp() {
    return random.nextInt(1_000) < settings.blockers() && stopped.size() < MOST;
  }

  /** Whether it is time to go on with something. */
  boolean isOver() {
    return !stopped.isEmpty() && random.nextInt(8) == 0;
  }

  /** Raises a blocker; when it is told so the claim is kept here. */
  Result<Blocker> stop(Claim claim) {
    RaiseBlockerRequest.Builder request =
        RaiseBlockerRequest.newBuilder()
            .setRequestId(Caller.request())
            .setTaskId(claim.getTaskId())
            .setSwarmId(swarm)
            .setFence(claim.getFence())
            .setType("chaos")
            .setDescription("something came up");
    int dice = random.nextInt(10);
    if (dice < 6) {
      request.addNeeds(settings.capability());
    } else if (dice < 8) {
      tasks.recent(random).ifPresent(request::addWaitsForTaskIds);
    }
    RaiseBlockerRequest sent = request.build();
    Result<Blocker> result =
        caller.call(
            about(Call.Kind.RAISE, claim, sent.getRequestId()), door -> ClaimServiceGrpc.newBlockingStub(door).raiseBlocker(sent).getBlocker(), raised -> new Answer.Done());
    if (result instanceof Result.Told<Blocker>(Blocker blocker)) {
      stopped.add(new Stopped(claim, blocker.getBlockerId()));
    }
    return result;
  }

  /** Takes out one of the claims, to go on with it. */
  Stopped next() {
    return stopped.remove(random.nextInt(stopped.size()));
  }

  /** Resolves the blocker of a claim; one that is resolved already stays as it was. */
  Result<Blocker> goOn(Stopped one) {
    ResolveBlockerRequest sent =
        ResolveBlockerRequest.newBuilder()
            .setRequestId(Caller.request())
            .setTaskId(one.claim().getTaskId())
            .setBlockerId(one.blocker())
            .setSwarmId(swarm)
            .setFence(one.claim().getFence())
            .setResolution("it went away")
            .build();
    return caller.call(
        about(Call.Kind.RESOLVE, one.claim(), sent.getRequestId()), door -> ClaimServiceGrpc.newBlockingStub(door).resolveBlocker(sent).getBlocker(), resolved -> new Answer.Done());
  }

  private About about(Call.Kind kind, Claim claim, String request) {
    return new About(kind, swarm, claim.getTaskId(), request, claim.getFence());
  }

  /** All of its claims, which it forgets. */
  List<Claim> leave() {
    List<Claim> claims = stopped.stream().map(Stopped::claim).toList();
    stopped.clear();
    return claims;
  }
}
