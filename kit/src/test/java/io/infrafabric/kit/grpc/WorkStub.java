package io.infrafabric.kit.grpc;

import io.grpc.BindableService;
import io.grpc.stub.StreamObserver;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimNextResponse;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskResponse;
import io.infrafabric.coordinator.v1.ObjectServiceGrpc;
import io.infrafabric.coordinator.v1.PutObjectRequest;
import io.infrafabric.coordinator.v1.PutObjectResponse;
import io.infrafabric.coordinator.v1.ResolveBlockerRequest;
import io.infrafabric.coordinator.v1.ResolveBlockerResponse;
import io.infrafabric.kit.auth.Principal;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Services for tests that note what was begun: ClaimNext answers with the name of the caller as task. */
final class WorkStub extends ClaimServiceGrpc.ClaimServiceImplBase {
  final List<String> begun = new CopyOnWriteArrayList<>();

  @Override
  public void claimNext(ClaimNextRequest request, StreamObserver<ClaimNextResponse> observer) {
    begun.add("ClaimNext " + request.getSwarmId());
    String caller = AccessGuard.caller().map(Principal::subject).orElse("nobody");
    Replies.reply(observer, () -> ClaimNextResponse.newBuilder().setClaim(Claim.newBuilder().setTaskId(caller)).build());
  }

  @Override
  public void completeTask(CompleteTaskRequest request, StreamObserver<CompleteTaskResponse> observer) {
    begun.add("CompleteTask " + request.getSwarmId());
    Replies.reply(observer, CompleteTaskResponse::getDefaultInstance);
  }

  @Override
  public void resolveBlocker(ResolveBlockerRequest request, StreamObserver<ResolveBlockerResponse> observer) {
    begun.add("ResolveBlocker " + request.getPrincipal());
    Replies.reply(observer, ResolveBlockerResponse::getDefaultInstance);
  }

  /** Takes objects. */
  BindableService objects() {
    return new ObjectServiceGrpc.ObjectServiceImplBase() {
      @Override
      public StreamObserver<PutObjectRequest> putObject(StreamObserver<PutObjectResponse> observer) {
        begun.add("PutObject");
        return new StreamObserver<>() {
          @Override
          public void onNext(PutObjectRequest piece) {
            begun.add("piece");
          }

          @Override
          public void onError(Throwable cancelled) {
            begun.add("cancelled");
          }

          @Override
          public void onCompleted() {
            observer.onNext(PutObjectResponse.getDefaultInstance());
            observer.onCompleted();
          }
        };
      }
    };
  }
}
