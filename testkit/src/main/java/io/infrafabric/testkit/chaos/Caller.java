package io.infrafabric.testkit.chaos;

import com.google.protobuf.Message;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ErrorType;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.names.Ids;
import io.infrafabric.testkit.history.Call;
import io.infrafabric.testkit.history.Call.Answer;
import io.infrafabric.testkit.history.CallLog;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Makes the calls of one client: sends each to any of the doors, again and with the same request id until it is answered, and
 * notes what it was told. Now and then it gives up instead, and now and then it asks once more for what it was told already.
 */
final class Caller {
  private static final double GIVES_UP = 0.1;
  private static final double ASKS_AGAIN = 0.05;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Set<ErrorCode> NO_ANSWER =
      EnumSet.of(
          ErrorCode.ERROR_CODE_UNAVAILABLE,
          ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN,
          ErrorCode.ERROR_CODE_DEADLINE_EXCEEDED,
          ErrorCode.ERROR_CODE_CONTENDED,
          ErrorCode.ERROR_CODE_OVERLOADED);

  private static final Set<ErrorCode> NEVER =
      EnumSet.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, ErrorCode.ERROR_CODE_INVALID_ID, ErrorCode.ERROR_CODE_REQUEST_ID_REUSED, ErrorCode.ERROR_CODE_UNIMPLEMENTED);

  private final CallLog log;
  private final List<Channel> doors;
  private final Random random;
  private final CountDownLatch stop;
  private final Duration pause;

  /**
   * @param doors channels to the coordinators
   * @param stop ends the patience with calls that nobody answers
   */
  Caller(CallLog log, List<Channel> doors, Random random, CountDownLatch stop, Duration pause) {
    this.log = log;
    this.doors = doors;
    this.random = random;
    this.stop = stop;
    this.pause = pause;
  }

  /** A request id that nobody else has. */
  static String request() {
    return Ids.ulid(System.currentTimeMillis());
  }

  /** What the call is about. */
  record About(Call.Kind kind, String swarm, String task, String request, long fence) {}

  /** What became of a call. */
  sealed interface Result<T> {
    record Told<T>(T response) implements Result<T> {}

    record No<T>(ErrorCode code) implements Result<T> {}

    record Silence<T>() implements Result<T> {}
  }

  /**
   * Makes a call.
   *
   * @param answer what a response says, for the log
   */
  <T extends Message> Result<T> call(About about, Function<Channel, T> attempt, Function<T, Answer> answer) {
    long invoked = System.nanoTime();
    boolean unsure = false;
    while (true) {
      try {
        T response = attempt.apply(door());
        note(about, invoked, unsure, answer.apply(response));
        askAgain(attempt);
        return new Result.Told<>(response);
      } catch (StatusRuntimeException failure) {
        ErrorCode code = code(about, failure);
        unsure |= isUnsure(code);
        if (!NO_ANSWER.contains(code)) {
          note(about, invoked, unsure, new Answer.Refused(code));
          return new Result.No<>(code);
        }
        log.sentAgain();
        if (code == ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN) {
          log.unknown();
        }
        if (random.nextDouble() < GIVES_UP || !rest() || System.nanoTime() - invoked > PATIENCE.toNanos()) {
          note(about, invoked, unsure, unsure ? new Answer.Unknown() : new Answer.Refused(code));
          return new Result.Silence<>();
        }
      }
    }
  }

  /** A call that is not judged: whatever it takes, until it is answered or refused for good. */
  <T> Optional<T> insist(Function<Channel, T> attempt) {
    while (true) {
      try {
        return Optional.of(attempt.apply(door()));
      } catch (StatusRuntimeException failure) {
        Refusal refusal = Errors.toRefusal(failure);
        if (!NO_ANSWER.contains(refusal.code()) || !rest()) {
          return Optional.empty();
        }
      }
    }
  }

  /** Whether its patience was ended. */
  boolean isStopped() {
    return stop.getCount() == 0;
  }

  private Channel door() {
    return doors.get(random.nextInt(doors.size()));
  }

  private boolean rest() {
    try {
      return !stop.await(pause.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Whoever did not hear the answer asks again: it must not be done a second time. */
  private <T> void askAgain(Function<Channel, T> attempt) {
    if (random.nextDouble() < ASKS_AGAIN) {
      try {
        attempt.apply(door());
      } catch (StatusRuntimeException anything) {
        log.sentAgain(); // the first answer stands
      }
    }
  }

  private ErrorCode code(About about, StatusRuntimeException failure) {
    Refusal refusal = Errors.toRefusal(failure);
    if (refusal.traits().getType() == ErrorType.ERROR_TYPE_INTERNAL || NEVER.contains(refusal.code())) {
      log.surprise(about + ": " + refusal.code() + " " + refusal.message());
    }
    return refusal.code();
  }

  private static boolean isUnsure(ErrorCode code) {
    return code == ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN || code == ErrorCode.ERROR_CODE_INTERNAL;
  }

  private void note(About about, long invoked, boolean unsure, Answer answer) {
    log.add(
        new Call(about.kind(), about.swarm(), about.task(), about.request(), about.fence(), invoked, System.nanoTime(), unsure, answer));
  }
}
