package io.infrafabric.error;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Code;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ErrorTraits;
import io.infrafabric.common.v1.ErrorType;
import io.infrafabric.common.v1.Retry;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ErrorCatalogTest {
  /** Exit codes (wire.md) that a gRPC status may have. */
  private static final Map<Code, Set<Integer>> EXITS =
      Map.ofEntries(
          Map.entry(Code.INVALID_ARGUMENT, Set.of(2)),
          Map.entry(Code.UNIMPLEMENTED, Set.of(2)),
          Map.entry(Code.NOT_FOUND, Set.of(6)),
          Map.entry(Code.ALREADY_EXISTS, Set.of(3)),
          Map.entry(Code.ABORTED, Set.of(1, 3)),
          Map.entry(Code.FAILED_PRECONDITION, Set.of(3, 5)),
          Map.entry(Code.PERMISSION_DENIED, Set.of(3, 5)),
          Map.entry(Code.UNAUTHENTICATED, Set.of(5)),
          Map.entry(Code.RESOURCE_EXHAUSTED, Set.of(1, 4, 5)),
          Map.entry(Code.UNAVAILABLE, Set.of(4)),
          Map.entry(Code.DEADLINE_EXCEEDED, Set.of(4, 7)),
          Map.entry(Code.INTERNAL, Set.of(1)));

  static Stream<ErrorCode> codes() {
    return Arrays.stream(ErrorCode.values()).filter(code -> code != ErrorCode.UNRECOGNIZED);
  }

  @ParameterizedTest
  @MethodSource("codes")
  void code_hasTraitsWithAdvice(ErrorCode code) {
    ErrorTraits traits = ErrorCatalog.traits(code);
    assertThat(traits.getType()).isNotIn(ErrorType.ERROR_TYPE_UNSPECIFIED, ErrorType.UNRECOGNIZED);
    assertThat(traits.getRetry()).isNotIn(Retry.RETRY_UNSPECIFIED, Retry.UNRECOGNIZED);
    assertThat(traits.getAdvice()).matches("[A-Z].{10,160}\\.");
    assertThat(traits.getExitCode()).isBetween(1, 7);
    assertThat(Code.forNumber(traits.getGrpcStatus())).isNotNull().isNotIn(Code.OK, Code.UNKNOWN, Code.CANCELLED);
  }

  @ParameterizedTest
  @MethodSource("codes")
  void code_hasAnExitCodeOfItsStatus(ErrorCode code) {
    ErrorTraits traits = ErrorCatalog.traits(code);
    assertThat(EXITS.get(Code.forNumber(traits.getGrpcStatus()))).as("%s is %s", code, Code.forNumber(traits.getGrpcStatus())).contains(traits.getExitCode());
  }

  @ParameterizedTest
  @MethodSource("codes")
  void code_isRetriedAsItsStatusAllows(ErrorCode code) {
    ErrorTraits traits = ErrorCatalog.traits(code);
    switch (Code.forNumber(traits.getGrpcStatus())) {
      case INVALID_ARGUMENT, UNIMPLEMENTED, ALREADY_EXISTS, FAILED_PRECONDITION, PERMISSION_DENIED, UNAUTHENTICATED, INTERNAL ->
          assertThat(traits.getRetry()).isEqualTo(Retry.RETRY_NEVER);
      case UNAVAILABLE -> assertThat(traits.getRetry()).isEqualTo(Retry.RETRY_AFTER_DELAY);
      case DEADLINE_EXCEEDED -> assertThat(traits.getRetry()).isEqualTo(Retry.RETRY_SAME_REQUEST_ID);
      case RESOURCE_EXHAUSTED -> assertThat(traits.getRetry()).isIn(Retry.RETRY_AFTER_DELAY, Retry.RETRY_NEVER);
      case ABORTED -> assertThat(traits.getRetry()).isIn(Retry.RETRY_NOW, Retry.RETRY_NEVER);
      case NOT_FOUND -> assertThat(traits.getRetry()).isIn(Retry.RETRY_NEVER, Retry.RETRY_AFTER_DELAY);
      default -> throw new AssertionError(code + " has a status that no code should have");
    }
  }

  @ParameterizedTest
  @MethodSource("codes")
  void code_isFoundByItsReason(ErrorCode code) {
    String reason = ErrorCatalog.reason(code);
    assertThat(reason).matches("[A-Z][A-Z_]+[A-Z]").doesNotStartWith("ERROR_CODE");
    assertThat(ErrorCatalog.ofReason(reason)).contains(code);
  }

  @Test
  void onlyAnUnknownOutcome_exitsWith7() {
    assertThat(codes().filter(code -> ErrorCatalog.traits(code).getExitCode() == 7)).containsExactly(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN);
  }

  @Test
  void advice_isDifferentForEachCode_unlessItIsABug() {
    assertThat(codes().filter(code -> ErrorCatalog.traits(code).getType() != ErrorType.ERROR_TYPE_INTERNAL).map(code -> ErrorCatalog.traits(code).getAdvice()))
        .filteredOn(advice -> !advice.startsWith("Send it again"))
        .doesNotHaveDuplicates();
  }

  @Test
  void codeOfANewerVersion_meansInternal() {
    assertThat(ErrorCatalog.traits(ErrorCode.UNRECOGNIZED)).isEqualTo(ErrorCatalog.traits(ErrorCode.ERROR_CODE_INTERNAL));
    assertThat(ErrorCatalog.ofReason("NO_SUCH_REASON")).isEmpty();
    assertThat(ErrorCatalog.ofReason("")).isEmpty();
  }
}
