package io.infrafabric.bench.load;

import io.grpc.stub.StreamObserver;

/** For calls whose answer changes nothing: what they were for shows elsewhere. */
final class Ignored<T> implements StreamObserver<T> {
  @Override
  public void onNext(T value) {}

  @Override
  public void onError(Throwable failure) {}

  @Override
  public void onCompleted() {}
}
