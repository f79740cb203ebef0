package io.infrafabric.governor.breaker;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.infrafabric.governor.v1.BreakerServiceGrpc;
import io.infrafabric.governor.v1.GetBreakerRequest;
import io.infrafabric.governor.v1.GetBreakerResponse;
import io.infrafabric.governor.v1.ListBreakersRequest;
import io.infrafabric.governor.v1.ListBreakersResponse;
import io.infrafabric.governor.v1.ResetRequest;
import io.infrafabric.governor.v1.ResetResponse;
import io.infrafabric.governor.v1.TripRequest;
import io.infrafabric.governor.v1.TripResponse;
import io.infrafabric.governor.v1.WatchBreakersRequest;
import io.infrafabric.governor.v1.WatchBreakersResponse;
import io.infrafabric.kit.grpc.Replies;

/** BreakerService on gRPC. */
public final class GrpcBreakers extends BreakerServiceGrpc.BreakerServiceImplBase {
  private final Breakers breakers;

  public GrpcBreakers(Breakers breakers) {
    this.breakers = breakers;
  }

  @Override
  public void trip(TripRequest request, StreamObserver<TripResponse> observer) {
    Replies.reply(observer, breakers.trip(request));
  }

  @Override
  public void reset(ResetRequest request, StreamObserver<ResetResponse> observer) {
    Replies.reply(observer, breakers.reset(request));
  }

  @Override
  public void listBreakers(ListBreakersRequest request, StreamObserver<ListBreakersResponse> observer) {
    Replies.reply(observer, breakers.list(request));
  }

  @Override
  public void getBreaker(GetBreakerRequest request, StreamObserver<GetBreakerResponse> observer) {
    Replies.reply(observer, breakers.get(request));
  }

  @Override
  public void watchBreakers(WatchBreakersRequest request, StreamObserver<WatchBreakersResponse> observer) {
    new GrpcBreakerWatch(breakers.books(), (ServerCallStreamObserver<WatchBreakersResponse>) observer).start(request.getAll(), breakers.feed());
  }
}
