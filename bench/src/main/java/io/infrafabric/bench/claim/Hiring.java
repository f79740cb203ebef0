package io.infrafabric.bench.claim;

import com.google.protobuf.Duration;
import io.grpc.Channel;
import io.infrafabric.bench.Patience;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.SessionServiceGrpc;
import io.infrafabric.governor.v1.AccountServiceGrpc;
import io.infrafabric.governor.v1.GrantRequest;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.RegisterSwarmRequest;
import io.infrafabric.governor.v1.RegistryServiceGrpc;
import java.util.function.Supplier;

/** Makes swarms that may claim: registered, with money and a session of five minutes. */
public record Hiring(Channel coordinator, Channel governor, Supplier<String> requestIds) {
  /** Claims that a swarm may hold at once. */
  public static final int MAX_CONCURRENT = 5;

  /** How long a session lives without a sign of life: as long as a round may take. */
  public static final Duration SESSION = Duration.newBuilder().setSeconds(300).build();

  private static final long MONEY_MICROS = 1_000_000_000;

  /** The id of the session of a swarm that waits for its doorbell. */
  public String hire(String swarm, String capability) {
    register(swarm, capability, MAX_CONCURRENT);
    return open(swarm, SESSION);
  }

  /** The id of the session of a swarm that asks for its work itself and is not rung. */
  public String hireToPull(String swarm, String capability) {
    return hireToPull(swarm, capability, MAX_CONCURRENT);
  }

  /** The same with another number of claims at once. */
  public String hireToPull(String swarm, String capability, int maxConcurrent) {
    register(swarm, capability, maxConcurrent);
    return open(swarm, SESSION, true);
  }

  /** Registers it and gives it money; it has no session yet. */
  public void register(String swarm, String capability, int maxConcurrent) {
    RegisterSwarmRequest manifest =
        RegisterSwarmRequest.newBuilder()
            .setRequestId(requestIds.get())
            .setManifest(
                Manifest.newBuilder()
                    .setSwarmId(swarm)
                    .addCapabilities(capability)
                    .setModel("haiku")
                    .setCostPerHourMicros(2_000_000)
                    .setMaxConcurrent(maxConcurrent))
            .build();
    GrantRequest money = GrantRequest.newBuilder().setRequestId(requestIds.get()).setAccountId(swarm).setAmountMicros(MONEY_MICROS).build();
    Patience patience = new Patience();
    patience.call(() -> RegistryServiceGrpc.newBlockingStub(governor).registerSwarm(manifest));
    patience.call(() -> AccountServiceGrpc.newBlockingStub(governor).grant(money));
  }

  /** Opens its session; answers the id. */
  public String open(String swarm, Duration ttl) {
    return open(swarm, ttl, false);
  }

  private String open(String swarm, Duration ttl, boolean pulls) {
    OpenSessionRequest session =
        OpenSessionRequest.newBuilder().setRequestId(requestIds.get()).setSwarmId(swarm).setTtl(ttl).setPulls(pulls).build();
    return new Patience().call(() -> SessionServiceGrpc.newBlockingStub(coordinator).openSession(session)).getSessionId();
  }
}
