package io.infrafabric.cli.agent;

import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.cli.fabric.Requests;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.HeldClaim;
import io.infrafabric.coordinator.v1.ListClaimsRequest;
import io.infrafabric.coordinator.v1.ListClaimsResponse;
import io.infrafabric.coordinator.v1.TaskState;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/**
 * What the swarm holds and nobody works on: the claims of the agent's earlier life that it has inherited, and those that were parked, then and since,
 * once their blockers are resolved.
 */
final class HeldClaims {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration LOOK = Duration.ofSeconds(3);

  private final FabricClients clients;
  private final AgentSettings settings;
  private final Consumer<String> talk;
  private final ConcurrentLinkedQueue<Claim> ready = new ConcurrentLinkedQueue<>();
  /** Ids of claims that wait for their blockers, or are to be begun again. */
  private final Set<String> waiting = new HashSet<>();
  private boolean hurry;
  private long looked;

  HeldClaims(FabricClients clients, AgentSettings settings, Consumer<String> talk) {
    this.clients = clients;
    this.settings = settings;
    this.talk = talk;
  }

  /** Finds what the session has inherited, if that was asked for, and what is parked: that goes on under whatever session there is. */
  synchronized void look() {
    ask(
        held -> {
          if (held.getState() == TaskState.TASK_STATE_PARKED) {
            waiting.add(held.getClaim().getClaimId());
          } else if (settings.inherit()) {
            ready.add(held.getClaim());
          }
        });
    if (!ready.isEmpty() || !waiting.isEmpty()) {
      talk.accept("goes on with %d claims of its swarm; %d more are parked.".formatted(ready.size(), waiting.size()));
    }
  }

  /** A claim on which nobody works goes on. */
  synchronized void resumed(String claimId) {
    waiting.add(claimId);
    hurry = true;
  }

  /** One to go on with, if there is. */
  Optional<Claim> next() {
    Claim first = ready.poll();
    if (first != null) {
      return Optional.of(first);
    }
    lookAtWaiting();
    return Optional.ofNullable(ready.poll());
  }

  private synchronized void lookAtWaiting() {
    if (waiting.isEmpty() || (!hurry && System.nanoTime() - looked < LOOK.toNanos())) {
      return;
    }
    looked = System.nanoTime();
    hurry = false;
    Set<String> still = new HashSet<>();
    ask(
        held -> {
          String claim = held.getClaim().getClaimId();
          if (held.getState() == TaskState.TASK_STATE_PARKED) {
            still.add(claim);
          } else if (waiting.contains(claim)) {
            ready.add(held.getClaim());
          }
        });
    waiting.retainAll(still);
  }

  private void ask(Consumer<HeldClaim> each) {
    ListClaimsRequest.Builder next = ListClaimsRequest.newBuilder().setSwarmId(settings.swarm());
    do {
      ListClaimsRequest request = next.build();
      ListClaimsResponse page = Requests.retrying(PATIENCE, () -> clients.claims().listClaims(request));
      page.getClaimsList().forEach(each);
      next.setPageToken(page.getNextPageToken());
    } while (!next.getPageToken().isEmpty());
  }
}
