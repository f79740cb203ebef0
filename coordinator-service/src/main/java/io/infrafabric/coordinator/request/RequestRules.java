package io.infrafabric.coordinator.request;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.error.Violations;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Limits;

/** Checks of fields that many requests have. Pure; refuses by throwing, because the edge can do nothing else. */
public final class RequestRules {
  private RequestRules() {}

  /** A mutation needs a request id, by which a retry finds what the first try did. */
  public static void requestId(String requestId) {
    refuse(
        new Violations()
            .check(
                Ids.isRequestId(requestId),
                ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
                "request_id",
                "make one for each new request and send it again with every retry: 1 to 128 letters, digits and . _ : -"));
  }

  /** A page token is the last id of the page before. */
  public static void pageToken(String token) {
    if (!token.isEmpty()) {
      Ids.require("page_token", token);
    }
  }

  /** A key of etcd is one of the fabric's. */
  public static void under(String root, String key) {
    refuse(new Violations().check(key.startsWith(root) && key.length() > root.length(), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "key", "begins with " + root));
  }

  /** A free text has a limit. */
  public static void text(String field, String text) {
    refuse(
        new Violations()
            .check(text.length() <= Limits.TEXT_CHARACTERS, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, field, "at most " + Limits.TEXT_CHARACTERS + " characters"));
  }

  /** A checkpoint has a limit. */
  public static void checkpoint(ReportProgressRequest request) {
    refuse(
        new Violations()
            .check(
                request.getCheckpoint().size() <= Limits.CHECKPOINT_BYTES,
                ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE,
                "checkpoint",
                request.getCheckpoint().size() + " bytes, at most " + Limits.CHECKPOINT_BYTES));
  }

  /** A time is one that can be told. */
  public static void time(String field, Timestamp time) {
    refuse(new Violations().check(Timestamps.isValid(time), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, field, "a time between the years 1 and 9999"));
  }

  /** An agent's label is short and printable. */
  public static void agent(String agent) {
    refuse(
        new Violations()
            .check(agent.length() <= 63 && agent.chars().allMatch(c -> c >= '!' && c <= '~'), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "agent", "at most 63 printable characters"));
  }

  /** A fence is a revision. */
  public static void fence(long fence) {
    refuse(new Violations().check(fence > 0, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "fence", "the fence that the claim came with"));
  }

  /** A cost is an amount of money. */
  public static void cost(long micros) {
    refuse(
        new Violations()
            .check(
                micros >= 0 && micros <= Limits.MONEY_MICROS,
                ErrorCode.ERROR_CODE_INVALID_MONEY,
                "cost_micros",
                micros + " micro-USD, must be 0 to " + Limits.MONEY_MICROS));
  }

  /** A result is inline and small, or an object. */
  public static void result(CompleteTaskRequest request) {
    Violations wrong =
        new Violations()
            .check(
                request.getResult().size() <= Limits.PAYLOAD_BYTES,
                ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE,
                "result",
                request.getResult().size() + " bytes, at most " + Limits.PAYLOAD_BYTES);
    if (request.hasResultObject()) {
      wrong
          .check(request.getResult().isEmpty(), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "result_object", "either inline or an object, not both")
          .check(request.getResultObject().getSha256().matches("[0-9a-f]{64}"), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "result_object.sha256", "64 lower-case hex digits")
          .check(
              request.getResultObject().getSizeBytes() >= 0 && request.getResultObject().getSizeBytes() <= Limits.OBJECT_BYTES,
              ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE,
              "result_object.size_bytes",
              request.getResultObject().getSizeBytes() + " bytes, at most " + Limits.OBJECT_BYTES);
    }
    refuse(wrong);
  }

  private static void refuse(Violations wrong) {
    wrong.refusal("the request cannot be taken").ifPresent(refusal -> {
      throw refusal.asException();
    });
  }
}
