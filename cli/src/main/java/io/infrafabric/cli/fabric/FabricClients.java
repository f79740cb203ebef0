package io.infrafabric.cli.fabric;

import io.grpc.Channel;
import io.infrafabric.chassis.v1.ContractServiceGrpc;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.PlanServiceGrpc;
import io.infrafabric.coordinator.v1.SessionServiceGrpc;
import io.infrafabric.coordinator.v1.StatusServiceGrpc;
import io.infrafabric.coordinator.v1.TaskServiceGrpc;
import io.infrafabric.governor.v1.AccountServiceGrpc;
import io.infrafabric.governor.v1.BreakerServiceGrpc;
import io.infrafabric.governor.v1.EscalationServiceGrpc;
import io.infrafabric.governor.v1.MatchServiceGrpc;
import io.infrafabric.governor.v1.PolicyServiceGrpc;
import io.infrafabric.governor.v1.RegistryServiceGrpc;
import io.infrafabric.kit.grpc.CallerIdentity;
import io.infrafabric.governor.v1.WitnessServiceGrpc;
import io.infrafabric.kit.grpc.GrpcClient;
import java.util.HashMap;
import java.util.Map;

/** The services of a fabric; a connection is made with the first call. Thread-safe. */
public final class FabricClients implements AutoCloseable {
  private final Addresses addresses;
  private final CallerIdentity caller;
  private final Map<String, GrpcClient> open = new HashMap<>();

  /** Clients of the services at these addresses. */
  public FabricClients(Addresses addresses) {
    this(addresses, CallerIdentity.nobody());
  }

  /** The same, called as somebody. */
  public FabricClients(Addresses addresses, CallerIdentity caller) {
    this.addresses = addresses;
    this.caller = caller;
  }

  /** As whom the services are called. */
  public CallerIdentity caller() {
    return caller;
  }

  /** Where they connect to. */
  public Addresses addresses() {
    return addresses;
  }

  /** The URL of NATS. */
  public String natsUrl() {
    return Addresses.known(addresses.nats(), "nats");
  }

  /** Tasks. */
  public TaskServiceGrpc.TaskServiceBlockingStub tasks() {
    return TaskServiceGrpc.newBlockingStub(coordinator());
  }

  /** Plans. */
  public PlanServiceGrpc.PlanServiceBlockingStub plans() {
    return PlanServiceGrpc.newBlockingStub(coordinator());
  }

  /** Plans, for streams of requests. */
  public PlanServiceGrpc.PlanServiceStub planStreams() {
    return PlanServiceGrpc.newStub(coordinator());
  }

  /** Claims. */
  public ClaimServiceGrpc.ClaimServiceBlockingStub claims() {
    return ClaimServiceGrpc.newBlockingStub(coordinator());
  }

  /** Payloads and results above 64 KiB. */
  public ObjectTransfer objects() {
    return new ObjectTransfer(coordinator());
  }

  /** What a coordinator tells of itself. */
  public StatusServiceGrpc.StatusServiceBlockingStub status() {
    return StatusServiceGrpc.newBlockingStub(coordinator());
  }

  /** Sessions. */
  public SessionServiceGrpc.SessionServiceBlockingStub sessions() {
    return SessionServiceGrpc.newBlockingStub(coordinator());
  }

  /** Registered swarms. */
  public RegistryServiceGrpc.RegistryServiceBlockingStub registry() {
    return RegistryServiceGrpc.newBlockingStub(governor());
  }

  /** Ranking. */
  public MatchServiceGrpc.MatchServiceBlockingStub match() {
    return MatchServiceGrpc.newBlockingStub(governor());
  }

  /** Money. */
  public AccountServiceGrpc.AccountServiceBlockingStub accounts() {
    return AccountServiceGrpc.newBlockingStub(governor());
  }

  /** Breakers. */
  public BreakerServiceGrpc.BreakerServiceBlockingStub breakers() {
    return BreakerServiceGrpc.newBlockingStub(governor());
  }

  /** The policy. */
  public PolicyServiceGrpc.PolicyServiceBlockingStub policies() {
    return PolicyServiceGrpc.newBlockingStub(governor());
  }

  /** What a person must decide. */
  public EscalationServiceGrpc.EscalationServiceBlockingStub escalations() {
    return EscalationServiceGrpc.newBlockingStub(governor());
  }

  /** The audit log. */
  public WitnessServiceGrpc.WitnessServiceBlockingStub witness() {
    return WitnessServiceGrpc.newBlockingStub(governor());
  }

  /** Swarms inside the chassis. */
  public ContractServiceGrpc.ContractServiceBlockingStub contracts() {
    return ContractServiceGrpc.newBlockingStub(channel(addresses.chassis(), "chassis"));
  }

  private Channel coordinator() {
    return channel(addresses.coordinator(), "coordinator");
  }

  private Channel governor() {
    return channel(addresses.governor(), "governor");
  }

  private synchronized Channel channel(String address, String door) {
    return open.computeIfAbsent(Addresses.known(address, door), target -> GrpcClient.channel(target, caller)).channel();
  }

  @Override
  public synchronized void close() {
    open.values().forEach(GrpcClient::close);
    open.clear();
  }
}
