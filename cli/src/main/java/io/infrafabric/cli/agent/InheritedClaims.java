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

/** The claims of an agent's earlier life: those that are at work, and, once their blockers are resolved, those that were parked. */
final class InheritedClaims {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration LOOK = Duration.ofSeconds(3);

  private final FabricClients clients;
  private final AgentSettings settings;
  private final Consumer<String> talk;
  private final ConcurrentLinkedQueue<Claim> ready = new ConcurrentLinkedQueue<>();
  private final Set<String> parked = new HashSet<>();
  private long looked;

  InheritedClaims(FabricClients clients, AgentSettings settings, Consumer<String> talk) {
    this.clients = clients;
    this.settings = settings;
    this.talk = talk;
  }

  /** Finds what the session has inherited; nothing unless that was asked for. */
  synchronized void look() {
    if (!settings.inherit()) {
      return;
    }
    ask(
        held -> {
          if (held.getState() == TaskState.TASK_STATE_PARKED) {
            parked.add(held.getClaim().getClaimId());
          } else {
            ready.add(held.getClaim());
          }
        });
    if (!ready.isEmpty() || !parked.isEmpty()) {
      talk.accept("goes on with %d claims of its swarm; %d more are parked.".formatted(ready.size(), parked.size()));
    }
  }

  /** One to go on with, if there is. */
  Optional<Claim> next() {
    Claim first = ready.poll();
    if (first != null) {
      return Optional.of(first);
    }
    lookAtParked();
    return Optional.ofNullable(ready.poll());
  }

  private synchronized void lookAtParked() {
    if (parked.isEmpty() || System.nanoTime() - looked < LOOK.toNanos()) {
      return;
    }
    looked = System.nanoTime();
    Set<String> still = new HashSet<>();
    ask(
        held -> {
          String claim = held.getClaim().getClaimId();
          if (held.getState() == TaskState.TASK_STATE_PARKED) {
            still.add(claim);
          } else if (parked.contains(claim)) {
            ready.add(held.getClaim());
          }
        });
    parked.retainAll(still);
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
