package io.infrafabric.chassis.contract;

import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import io.infrafabric.governor.v1.GetSwarmRequest;
import io.infrafabric.governor.v1.RegistryServiceGrpc;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.names.SwarmId;
import java.util.List;

/** Asks the governor. */
public final class GrpcRegistrations implements Registrations {
  private final RegistryServiceGrpc.RegistryServiceBlockingStub registry;

  public GrpcRegistrations(Channel governor) {
    registry = RegistryServiceGrpc.newBlockingStub(governor);
  }

  @Override
  public List<String> capabilities(SwarmId swarm) {
    try {
      return registry
          .getSwarm(GetSwarmRequest.newBuilder().setSwarmId(swarm.value()).build())
          .getStanding()
          .getCapabilitiesList();
    } catch (StatusRuntimeException failure) {
      throw Errors.toRefusal(failure).asException();
    }
  }
}
