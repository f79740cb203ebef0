package io.infrafabric.scenarios;

import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import java.util.concurrent.Callable;

/** Calls that must be refused. */
final class Refused {
  private Refused() {}

  /** Makes the call and answers how it was refused; one that is done or fails otherwise fails the test. */
  static Refusal by(Callable<?> call) {
    Object answer;
    try {
      answer = call.call();
    } catch (Exception failure) {
      return Errors.refusalOf(failure).orElseThrow(() -> new AssertionError("not a refusal", failure));
    }
    throw new AssertionError("it was not refused: " + answer);
  }
}
