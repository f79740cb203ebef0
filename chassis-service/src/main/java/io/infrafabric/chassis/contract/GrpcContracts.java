package io.infrafabric.chassis.contract;

import io.grpc.stub.StreamObserver;
import io.infrafabric.chassis.v1.ContractServiceGrpc;
import io.infrafabric.chassis.v1.ListContractsRequest;
import io.infrafabric.chassis.v1.ListContractsResponse;
import io.infrafabric.chassis.v1.LoadSwarmRequest;
import io.infrafabric.chassis.v1.LoadSwarmResponse;
import io.infrafabric.chassis.v1.UnloadSwarmRequest;
import io.infrafabric.chassis.v1.UnloadSwarmResponse;
import io.infrafabric.kit.grpc.Replies;
import java.util.function.Supplier;

/** ContractService. */
public final class GrpcContracts extends ContractServiceGrpc.ContractServiceImplBase {
  private final Contracts contracts;

  public GrpcContracts(Contracts contracts) {
    this.contracts = contracts;
  }

  @Override
  public void loadSwarm(LoadSwarmRequest request, StreamObserver<LoadSwarmResponse> observer) {
    Supplier<LoadSwarmResponse> work = () -> LoadSwarmResponse.newBuilder().setContract(contracts.load(request)).build();
    Replies.reply(observer, work);
  }

  @Override
  public void unloadSwarm(UnloadSwarmRequest request, StreamObserver<UnloadSwarmResponse> observer) {
    Supplier<UnloadSwarmResponse> work =
        () -> {
          contracts.unload(request);
          return UnloadSwarmResponse.getDefaultInstance();
        };
    Replies.reply(observer, work);
  }

  @Override
  public void listContracts(ListContractsRequest request, StreamObserver<ListContractsResponse> observer) {
    Supplier<ListContractsResponse> work = contracts::list;
    Replies.reply(observer, work);
  }
}
