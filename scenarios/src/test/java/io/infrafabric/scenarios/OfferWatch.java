package io.infrafabric.scenarios;

import io.grpc.Channel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.WatchOffersRequest;
import io.infrafabric.coordinator.v1.WatchOffersResponse;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** A WatchOffers stream of which no more is read than is asked for. */
final class OfferWatch implements AutoCloseable, ClientResponseObserver<WatchOffersRequest, WatchOffersResponse> {
  private final List<WatchOffersResponse> heard = new CopyOnWriteArrayList<>();
  private final int atFirst;
  private volatile ClientCallStreamObserver<WatchOffersRequest> call;
  private volatile Optional<Throwable> end = Optional.empty();

  private OfferWatch(int atFirst) {
    this.atFirst = atFirst;
  }

  /**
   * Begins after a place in the stream of offers.
   *
   * @param atFirst messages to be read before {@link #read} is called
   */
  static OfferWatch open(Channel coordinator, String swarm, String session, long after, int atFirst) {
    OfferWatch watch = new OfferWatch(atFirst);
    WatchOffersRequest request =
        WatchOffersRequest.newBuilder().setSwarmId(swarm).setSessionId(session).setResumeAfterSequence(after).build();
    ClaimServiceGrpc.newStub(coordinator).watchOffers(request, watch);
    return watch;
  }

  /** Reads so many messages more. */
  void read(int messages) {
    call.request(messages);
  }

  /** What was read so far. */
  List<WatchOffersResponse> heard() {
    return List.copyOf(heard);
  }

  /** The tasks of the offers that were read, in that order. */
  List<String> tasks() {
    return heard.stream().filter(WatchOffersResponse::hasOffer).map(response -> response.getOffer().getTaskId()).toList();
  }

  /** Why the stream has ended, if it has. */
  Optional<Throwable> end() {
    return end;
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<WatchOffersRequest> stream) {
    call = stream;
    stream.disableAutoRequestWithInitial(atFirst);
  }

  @Override
  public void onNext(WatchOffersResponse message) {
    heard.add(message);
  }

  @Override
  public void onError(Throwable reason) {
    end = Optional.of(reason);
  }

  @Override
  public void onCompleted() {
    end = Optional.of(new IllegalStateException("the stream has ended"));
  }

  @Override
  public void close() {
    call.cancel("enough", null);
  }
}
