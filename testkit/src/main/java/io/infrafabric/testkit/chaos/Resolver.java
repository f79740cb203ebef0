package io.infrafabric.testkit.chaos;

import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.ListBlockersRequest;
import io.infrafabric.coordinator.v1.ListBlockersResponse;
import io.infrafabric.coordinator.v1.ResolveBlockerRequest;
import java.util.List;
import java.util.Random;

/** A person who looks at blockers now and then and resolves some of them; of those that nobody else would, in the end all. */
final class Resolver {
  private static final double SOME = 0.2;

  private final Caller caller;
  private final Random random;

  /**
   * @param caller whose doors are coordinators
   */
  Resolver(Caller caller, Random random) {
    this.caller = caller;
    this.random = random;
  }

  /** Looks at the open ones once. */
  void step(boolean all) {
    ListBlockersRequest request = ListBlockersRequest.newBuilder().setOpenOnly(true).build();
    List<Blocker> open = caller.insist(door -> ClaimServiceGrpc.newBlockingStub(door).listBlockers(request)).map(ListBlockersResponse::getBlockersList).orElse(List.of());
    for (Blocker blocker : open) {
      if (all || random.nextDouble() < SOME) {
        resolve(blocker);
      }
    }
  }

  private void resolve(Blocker blocker) {
    ResolveBlockerRequest request =
        ResolveBlockerRequest.newBuilder()
            .setRequestId(Caller.request())
            .setTaskId(blocker.getTaskId())
            .setBlockerId(blocker.getBlockerId())
            .setPrincipal("chaos")
            .setResolution("looked at it")
            .build();
    caller.insist(door -> ClaimServiceGrpc.newBlockingStub(door).resolveBlocker(request));
  }
}
