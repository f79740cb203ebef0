package io.infrafabric.kit.grpc;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers a unary call with a value or with the status of what went wrong. */
public final class Replies {
  private static final Logger LOG = LoggerFactory.getLogger(Replies.class);

  private Replies() {}

  /** Answers with what the work returns, on this thread. */
  public static <R> void reply(StreamObserver<R> observer, Supplier<R> work) {
    R answer;
    try {
      answer = work.get();
    } catch (RuntimeException failure) {
      fail(observer, failure);
      return;
    }
    answer(observer, answer);
  }

  /** Answers when the stage is done, on the thread that completes it. */
  public static <R> void reply(StreamObserver<R> observer, CompletionStage<R> stage) {
    Context calling = Context.current();
    stage.whenComplete(
        (answer, failure) -> {
          try (Scope scope = calling.makeCurrent()) {
            if (failure == null) {
              answer(observer, answer);
            } else {
              fail(observer, failure);
            }
          }
        });
  }

  /** Answers when the stage that the call returns is done; a call that throws is answered with its failure. */
  public static <R> void replyAsync(StreamObserver<R> observer, Supplier<? extends CompletionStage<R>> call) {
    CompletionStage<R> stage;
    try {
      stage = call.get();
    } catch (RuntimeException failure) {
      fail(observer, failure);
      return;
    }
    reply(observer, stage);
  }

  /** Answers with the status of the failure. */
  public static void fail(StreamObserver<?> observer, Throwable failure) {
    StatusRuntimeException status = Errors.toStatus(failure);
    try {
      observer.onError(status);
    } catch (RuntimeException gone) {
      LOG.atDebug().setCause(gone).log("the client did not wait for the answer");
    }
  }

  private static <R> void answer(StreamObserver<R> observer, R answer) {
    try {
      observer.onNext(answer);
      observer.onCompleted();
    } catch (RuntimeException gone) {
      LOG.atDebug().setCause(gone).log("the client did not wait for the answer");
    }
  }
}
