package io.infrafabric.scenarios;

import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/**
 * How calls ended that started together.
 *
 * @param answers of those that were done
 * @param refusals of all others
 */
record Race<T>(List<T> answers, List<Refusal> refusals) {
  private static final int TRIES = 20;

  /** Starts all calls at once and waits for the last; a failure that is no refusal fails the test. */
  static <T> Race<T> of(List<Callable<T>> calls) throws InterruptedException {
    List<T> answers = new ArrayList<>();
    List<Refusal> refusals = new ArrayList<>();
    CountDownLatch start = new CountDownLatch(1);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<T>> running = new ArrayList<>();
      for (Callable<T> call : calls) {
        running.add(
            threads.submit(
                () -> {
                  start.await();
                  return answered(call);
                }));
      }
      start.countDown();
      for (Future<T> call : running) {
        try {
          answers.add(call.get());
        } catch (ExecutionException failure) {
          refusals.add(Errors.refusalOf(failure).orElseThrow(() -> new AssertionError("not a refusal", failure.getCause())));
        }
      }
    }
    return new Race<>(answers, refusals);
  }

  /** A call that waited too long for its turn on a busy machine has done nothing and says so; it is made again when it says, as a client would. */
  private static <T> T answered(Callable<T> call) throws Exception {
    for (int tries = 1; ; tries++) {
      try {
        return call.call();
      } catch (StatusRuntimeException failure) {
        Optional<Refusal> overloaded = Errors.refusalOf(failure).filter(refusal -> refusal.code() == ErrorCode.ERROR_CODE_OVERLOADED);
        if (overloaded.isEmpty() || tries == TRIES) {
          throw failure;
        }
        LockSupport.parkNanos(overloaded.get().retryAfter().orElseThrow(() -> new AssertionError("when to come again is not said", failure)).toNanos());
      }
    }
  }

  /** The codes of the refusals, each once. */
  List<ErrorCode> codes() {
    return refusals.stream().map(Refusal::code).distinct().toList();
  }
}
