package io.infrafabric.cli.fabric;

import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;

/**
 * A call with many requests and one answer, from the side that asks: waits for the service to take what was sent before it sends more.
 * To be passed to the method of an asynchronous stub first.
 *
 * @param <Q> request
 * @param <A> answer
 */
public final class RequestStream<Q, A> implements ClientResponseObserver<Q, A> {
  private final String name;
  private final CompletableFuture<A> answer = new CompletableFuture<>();
  private final Semaphore room = new Semaphore(0);
  private ClientCallStreamObserver<Q> requests;

  /**
   * @param name how messages call it, such as {@code the upload}
   */
  public RequestStream(String name) {
    this.name = name;
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<Q> call) {
    requests = call;
    call.setOnReadyHandler(room::release);
  }

  /** False when the service has answered already: then it takes no more. */
  public boolean send(Q message) {
    while (!requests.isReady() && !answer.isDone()) {
      room.acquireUninterruptibly();
    }
    if (answer.isDone()) {
      return false;
    }
    requests.onNext(message);
    return true;
  }

  /** Everything was sent. */
  public void end() {
    requests.onCompleted();
  }

  /** Ends the call: what was sent is not to be used. */
  public void giveUp(String reason, Throwable why) {
    requests.cancel(reason, why);
  }

  /** Waits for the answer; a refusal is thrown as the stub's blocking calls throw it. */
  public A answer() {
    try {
      return answer.join();
    } catch (CompletionException failure) {
      throw failure.getCause() instanceof RuntimeException refused ? refused : failure;
    }
  }

  @Override
  public void onNext(A response) {
    answer.complete(response);
    room.release();
  }

  @Override
  public void onError(Throwable failure) {
    answer.completeExceptionally(failure);
    room.release();
  }

  @Override
  public void onCompleted() {
    answer.completeExceptionally(Refusal.of(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN, name + " ended without an answer").asException());
    room.release();
  }
}
