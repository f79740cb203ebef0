package io.infrafabric.testkit.chaos;

import io.grpc.Channel;
import io.infrafabric.governor.v1.AccountServiceGrpc;
import io.infrafabric.governor.v1.BreakerServiceGrpc;
import io.infrafabric.governor.v1.GrantRequest;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.RegisterSwarmRequest;
import io.infrafabric.governor.v1.RegistryServiceGrpc;
import io.infrafabric.governor.v1.ResetRequest;
import io.infrafabric.governor.v1.TripRequest;
import java.util.function.Function;

/** Registers swarms, gives them money, trips their breakers and resets them; insists until it is done. */
final class Operator {
  private static final String PRINCIPAL = "chaos";

  private final Caller caller;
  private final CrowdSettings settings;

  /**
   * @param caller whose doors are governors
   */
  Operator(Caller caller, CrowdSettings settings) {
    this.caller = caller;
    this.settings = settings;
  }

  void register(String swarm) {
    RegisterSwarmRequest request =
        RegisterSwarmRequest.newBuilder()
            .setRequestId(Caller.request())
            .setManifest(
                Manifest.newBuilder()
                    .setSwarmId(swarm)
                    .addCapabilities(settings.capability())
                    .setModel("haiku")
                    .setCostPerHourMicros(2_000_000)
                    .setMaxConcurrent(settings.maxConcurrent()))
            .build();
    insist(door -> RegistryServiceGrpc.newBlockingStub(door).registerSwarm(request));
    grant(swarm);
  }

  void grant(String swarm) {
    GrantRequest request =
        GrantRequest.newBuilder().setRequestId(Caller.request()).setAccountId(swarm).setAmountMicros(settings.grantMicros()).build();
    insist(door -> AccountServiceGrpc.newBlockingStub(door).grant(request));
  }

  void trip(String swarm) {
    TripRequest request =
        TripRequest.newBuilder().setRequestId(Caller.request()).setSwarmId(swarm).setPrincipal(PRINCIPAL).setReason("chaos").build();
    insist(door -> BreakerServiceGrpc.newBlockingStub(door).trip(request));
  }

  void reset(String swarm) {
    ResetRequest request =
        ResetRequest.newBuilder()
            .setRequestId(Caller.request())
            .setSwarmId(swarm)
            .setPrincipal(PRINCIPAL)
            .setReason("chaos")
            .setGrantMicros(settings.grantMicros())
            .build();
    insist(door -> BreakerServiceGrpc.newBlockingStub(door).reset(request));
  }

  private <T> void insist(Function<Channel, T> call) {
    caller.insist(call);
  }
}
