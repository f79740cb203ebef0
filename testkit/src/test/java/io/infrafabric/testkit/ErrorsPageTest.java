package io.infrafabric.testkit;

import com.google.rpc.Code;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ErrorTraits;
import io.infrafabric.error.ErrorCatalog;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** docs/reference/errors.md is made of the catalogue. */
class ErrorsPageTest {
  private static final String HEAD =
      """
      # Error codes

      Generated from `errors.proto`; do not edit. On gRPC a code is the reason of `google.rpc.ErrorInfo` in the domain
      `infrafabric.io`, on NATS a header and JSON, at the shell the exit code of `ifctl`.

      Exit codes: 0 ok · 1 failed · 2 usage · 3 conflict · 4 timeout or unavailable · 5 not permitted · 6 not found ·
      7 outcome unknown.

      | code | gRPC status | type | send it again | exit | what to do |
      |---|---|---|---|---|---|
      """;

  @Test
  void errorsPage_saysWhatTheCatalogueSays() {
    String rows =
        Arrays.stream(ErrorCode.values())
            .filter(code -> code != ErrorCode.UNRECOGNIZED && code != ErrorCode.ERROR_CODE_UNSPECIFIED)
            .map(ErrorsPageTest::row)
            .collect(Collectors.joining());
    GeneratedPage.check("errors.md", HEAD + rows, ErrorsPageTest.class);
  }

  private static String row(ErrorCode code) {
    ErrorTraits traits = ErrorCatalog.traits(code);
    return "| `%s` | %s | %s | %s | %d | %s |\n"
        .formatted(
            ErrorCatalog.reason(code),
            Code.forNumber(traits.getGrpcStatus()),
            word(traits.getType().name(), "ERROR_TYPE_"),
            word(traits.getRetry().name(), "RETRY_"),
            traits.getExitCode(),
            traits.getAdvice());
  }

  private static String word(String name, String prefix) {
    return name.substring(prefix.length()).toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
