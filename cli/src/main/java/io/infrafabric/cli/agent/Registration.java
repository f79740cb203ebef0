package io.infrafabric.cli.agent;

import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.cli.fabric.Requests;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.GetSwarmRequest;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.RegisterSwarmRequest;
import io.infrafabric.kit.grpc.Errors;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Sees to it that the swarm of an agent is registered with what the agent can do. */
final class Registration {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final FabricClients clients;
  private final AgentSettings settings;
  private final Consumer<String> talk;

  Registration(FabricClients clients, AgentSettings settings, Consumer<String> talk) {
    this.clients = clients;
    this.settings = settings;
    this.talk = talk;
  }

  /** Registers it when it is not yet; refused with CAPABILITY_MISSING when it is registered for less. */
  void register() {
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
      if (Errors.refusalOf(failure).filter(refusal -> refusal.code() == ErrorCode.ERROR_CODE_SWARM_NOT_FOUND).isPresent()) {
        return Optional.empty();
      }
      throw failure;
    }
  }
}
