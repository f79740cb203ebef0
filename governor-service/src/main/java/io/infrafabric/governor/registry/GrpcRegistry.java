package io.infrafabric.governor.registry;

import io.grpc.stub.StreamObserver;
import io.infrafabric.governor.v1.GetSwarmRequest;
import io.infrafabric.governor.v1.GetSwarmResponse;
import io.infrafabric.governor.v1.ListManifestsRequest;
import io.infrafabric.governor.v1.ListManifestsResponse;
import io.infrafabric.governor.v1.ListSwarmsRequest;
import io.infrafabric.governor.v1.ListSwarmsResponse;
import io.infrafabric.governor.v1.RegisterSwarmRequest;
import io.infrafabric.governor.v1.RegisterSwarmResponse;
import io.infrafabric.governor.v1.RegistryServiceGrpc;
import io.infrafabric.governor.v1.UnregisterSwarmRequest;
import io.infrafabric.governor.v1.UnregisterSwarmResponse;
import io.infrafabric.kit.grpc.Replies;

/** RegistryService on gRPC. */
public final class GrpcRegistry extends RegistryServiceGrpc.RegistryServiceImplBase {
  private final Registry registry;

  public GrpcRegistry(Registry registry) {
    this.registry = registry;
  }

  @Override
  public void registerSwarm(RegisterSwarmRequest request, StreamObserver<RegisterSwarmResponse> observer) {
    Replies.reply(observer, registry.register(request));
  }

  @Override
  public void unregisterSwarm(UnregisterSwarmRequest request, StreamObserver<UnregisterSwarmResponse> observer) {
    Replies.reply(observer, registry.unregister(request));
  }

  @Override
  public void getSwarm(GetSwarmRequest request, StreamObserver<GetSwarmResponse> observer) {
    Replies.reply(observer, registry.get(request));
  }

  @Override
  public void listManifests(ListManifestsRequest request, StreamObserver<ListManifestsResponse> observer) {
    Replies.reply(observer, registry.manifests(request));
  }

  @Override
  public void listSwarms(ListSwarmsRequest request, StreamObserver<ListSwarmsResponse> observer) {
    Replies.reply(observer, registry.list(request));
  }
}
