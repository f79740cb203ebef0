package io.infrafabric.kit.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.QuotaFailure;
import io.grpc.InternalMetadata;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ErrorType;
import io.infrafabric.common.v1.Retry;
import io.infrafabric.error.ErrorCatalog;
import io.infrafabric.error.Refusal;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ErrorsTest {
  static Stream<ErrorCode> codes() {
    return Arrays.stream(ErrorCode.values()).filter(code -> code != ErrorCode.UNRECOGNIZED);
  }

  @ParameterizedTest
  @MethodSource("codes")
  void refusal_comesBackWhole(ErrorCode code) throws Exception {
    Refusal sent =
        Refusal.of(code, "task t-1: what happened – with é")
            .with("task", "t-1")
            .with("fence", 42)
            .withField("spec.max_cost_micros", "must not be negative")
            .retryAfter(Duration.ofMillis(1250));
    StatusRuntimeException status = Errors.toStatus(sent);
    assertThat(status.getStatus().getCode().value()).isEqualTo(sent.traits().getGrpcStatus());
    assertThat(Errors.refusalOf(new CompletionException(status))).contains(sent);
    assertThat(Errors.toStatus(sent.asException()).getStatus().getCode()).isEqualTo(status.getStatus().getCode());
    com.google.rpc.Status proto = StatusProto.fromThrowable(status);
    ErrorInfo info = proto.getDetails(0).unpack(ErrorInfo.class);
    assertThat(info.getDomain()).isEqualTo("infrafabric.io");
    assertThat(info.getReason()).isEqualTo(ErrorCatalog.reason(code));
    boolean says = proto.getDetailsList().stream().anyMatch(d -> d.is(QuotaFailure.class) || d.is(PreconditionFailure.class));
    assertThat(says).isEqualTo(sent.traits().getType() == ErrorType.ERROR_TYPE_INSUFFICIENT);
  }

  @Test
  void trailers_stayWithinTheMetadataLimit() {
    Refusal large = Refusal.of(ErrorCode.ERROR_CODE_BUDGET_EXCEEDED, "é".repeat(5_000));
    for (int i = 0; i < 100; i++) {
      large = large.with("key" + i, "ü".repeat(1_000)).withField("field" + i, "ö".repeat(1_000));
    }
    StatusRuntimeException status = Errors.toStatus(large);
    Metadata trailers = status.getTrailers();
    trailers.merge(new Metadata());
    int bytes = 0;
    for (byte[] part : InternalMetadata.serialize(trailers)) {
      bytes += part.length * 4 / 3 + 32;
    }
    bytes += status.getStatus().getDescription().length() * 6 + 64;
    assertThat(bytes).isLessThan(8 * 1024);
    assertThat(Errors.refusalOf(status)).map(Refusal::code).contains(ErrorCode.ERROR_CODE_BUDGET_EXCEEDED);
  }

  @Test
  void bug_tellsTheClientNothing() {
    StatusRuntimeException status = Errors.toStatus(new IllegalStateException("the password is hunter2"));
    assertThat(status.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
    assertThat(StatusProto.fromThrowable(status).toString()).doesNotContain("hunter2").doesNotContain("IllegalState");
    assertThat(status.getStatus().getCause()).isNull();
  }

  @Test
  void silence_isUnavailableOrUnknown() {
    assertThat(code(Status.UNAVAILABLE.asRuntimeException())).contains(ErrorCode.ERROR_CODE_UNAVAILABLE);
    assertThat(code(Status.DEADLINE_EXCEEDED.asRuntimeException())).contains(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN);
    assertThat(code(Status.UNIMPLEMENTED.asRuntimeException())).contains(ErrorCode.ERROR_CODE_UNIMPLEMENTED);
    assertThat(code(Status.NOT_FOUND.asRuntimeException())).isEmpty();
    assertThat(code(new IllegalStateException())).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "UNKNOWN|channel closed",
        "UNKNOWN|",
        "INTERNAL|RST_STREAM closed stream. HTTP/2 error code: INTERNAL_ERROR",
        "INTERNAL|HTTP/2 error code: PROTOCOL_ERROR; Received Rst Stream",
        "INTERNAL|http2 exception",
        "INTERNAL|Encountered end-of-stream mid-frame",
      })
  void connectionThatBreaksUnderACall_isSilenceToo(Status.Code code, String text) {
    Status broken = code.toStatus().withDescription(text);
    assertThat(code(broken.asRuntimeException())).as("nobody noted whether it left").contains(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN);
    assertThat(code(broken.asRuntimeException(sent(true)))).contains(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN);
    assertThat(code(broken.asRuntimeException(sent(false)))).contains(ErrorCode.ERROR_CODE_UNAVAILABLE);
    assertThat(Errors.toRefusal(broken.asException()).traits().getRetry()).isEqualTo(Retry.RETRY_SAME_REQUEST_ID);
  }

  @Test
  void messageThatCannotBeRead_isNoSilence() {
    assertThat(code(Status.INTERNAL.withDescription("Invalid protobuf byte sequence").asRuntimeException())).isEmpty();
    assertThat(code(Status.INTERNAL.asRuntimeException())).isEmpty();
  }

  private static Metadata sent(boolean left) {
    Metadata trailers = new Metadata();
    trailers.put(Metadata.Key.of("if-request-sent", Metadata.ASCII_STRING_MARSHALLER), String.valueOf(left));
    return trailers;
  }

  @Test
  void codeOfANewerVersion_isInternalWithItsReason() {
    com.google.rpc.Status newer =
        com.google.rpc.Status.newBuilder()
            .setCode(9)
            .setMessage("m")
            .addDetails(com.google.protobuf.Any.pack(
                ErrorInfo.newBuilder().setDomain("infrafabric.io").setReason("FROM_2030").build()))
            .build();
    Optional<Refusal> refusal = Errors.refusalOf(StatusProto.toStatusRuntimeException(newer));
    assertThat(refusal.orElseThrow().code()).isEqualTo(ErrorCode.ERROR_CODE_INTERNAL);
    assertThat(refusal.orElseThrow().metadata()).containsEntry("reason", "FROM_2030");
  }

  private static Optional<ErrorCode> code(Throwable failure) {
    return Errors.refusalOf(failure).map(Refusal::code);
  }
}
