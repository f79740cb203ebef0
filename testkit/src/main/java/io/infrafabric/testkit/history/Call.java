package io.infrafabric.testkit.history;

import io.infrafabric.common.v1.ErrorCode;

/**
 * One call of a client with all its tries under one request id, as the client saw it.
 *
 * @param swarm who called; empty for a submitter
 * @param task about which task; empty when the answer names it
 * @param fence that was sent, 0 without one
 * @param invokedNanos before the first try was sent
 * @param returnedNanos after the last try was answered
 * @param unsure true when a try had an unknown outcome
 */
public record Call(
    Kind kind, String swarm, String task, String request, long fence, long invokedNanos, long returnedNanos, boolean unsure, Answer answer) {
  /** What was asked for. */
  public enum Kind {
    SUBMIT,
    CLAIM,
    CLAIM_NEXT,
    PROGRESS,
    COMPLETE,
    FAIL,
    RELEASE,
    CANCEL,
    /** A blocker under the fence of the claim that it stops. */
    RAISE,
    /** The end of a blocker, by the holder of its claim. */
    RESOLVE,
    OPEN,
    CLOSE
  }

  /** What the client was told. */
  public sealed interface Answer {
    /** It is done. */
    record Done() implements Answer {}

    /** The caller has the claim. */
    record Got(String task, String swarm, String claim, long fence) implements Answer {}

    /** It was not done, certainly. */
    record Refused(ErrorCode code) implements Answer {}

    /** The client gave up without knowing. */
    record Unknown() implements Answer {}
  }
}
