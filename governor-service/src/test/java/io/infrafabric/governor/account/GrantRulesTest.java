package io.infrafabric.governor.account;

import static io.infrafabric.governor.books.BooksFixture.NOW;
import static io.infrafabric.governor.books.BooksFixture.granted;
import static io.infrafabric.governor.books.BooksFixture.written;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.RequestLog;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.governor.v1.GrantRequest;
import io.infrafabric.names.Limits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrantRulesTest {
  @Test
  void grant_addsCreditToAccountAndStanding() {
    Books next = written(GrantRules.grant(granted(5), request("r1", 10), NOW));
    assertThat(next.account().getGrantedMicros()).isEqualTo(15);
    assertThat(next.account().getCreditMicros()).isEqualTo(15);
    assertThat(next.standing().getCreditMicros()).isEqualTo(15);
  }

  @Test
  void grant_isBookedOncePerRequestId() {
    Books next = written(GrantRules.grant(granted(0), request("r1", 10), NOW));
    assertThat(GrantRules.grant(next, request("r1", 10), NOW)).isInstanceOf(Ruling.Keep.class);
    assertThat(codeOf(GrantRules.grant(next, request("r1", 11), NOW))).isEqualTo(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED);
  }

  @Test
  void grant_beyondTheLargestAmountIsRefused() {
    Books books = granted(Limits.MONEY_MICROS - 1);
    assertThat(written(GrantRules.grant(books, request("r1", 1), NOW)).account().getGrantedMicros()).isEqualTo(Limits.MONEY_MICROS);
    assertThat(codeOf(GrantRules.grant(books, request("r1", 2), NOW))).isEqualTo(ErrorCode.ERROR_CODE_INVALID_MONEY);
  }

  @Test
  void theLog_keepsTheLast128Requests() {
    Books books = granted(0);
    for (int i = 0; i < 130; i++) {
      books = written(GrantRules.grant(books, request("r" + i, 1), NOW));
    }
    assertThat(books.account().getGrantsCount()).isEqualTo(RequestLog.LENGTH);
    assertThat(books.account().getGrants(127).getRequestId()).isEqualTo("r129");
    assertThat(books.account().getGrantedMicros()).isEqualTo(130);
  }

  @ParameterizedTest
  @CsvSource({
    "r1, s1, 0, ERROR_CODE_INVALID_MONEY, 1",
    "r1, s1, -1, ERROR_CODE_INVALID_MONEY, 1",
    "r1, s1, 1000000000000001, ERROR_CODE_INVALID_MONEY, 1",
    "r1, S1, 1, ERROR_CODE_INVALID_ID, 1",
    "'', s1, 1, ERROR_CODE_INVALID_ARGUMENT, 1",
    "'', 's.1', 0, ERROR_CODE_INVALID_ARGUMENT, 3",
  })
  void validate_namesEveryWrongField(String requestId, String account, long amount, ErrorCode code, int fields) {
    var refusal =
        GrantRules.validate(
                GrantRequest.newBuilder().setRequestId(requestId).setAccountId(account).setAmountMicros(amount).build())
            .orElseThrow();
    assertThat(refusal.code()).isEqualTo(code);
    assertThat(refusal.fields()).hasSize(fields);
  }

  @ParameterizedTest
  @CsvSource({"100, 79, 80, true", "100, 79, 81, true", "100, 80, 81, false", "100, 0, 79, false", "0, 0, 0, false"})
  void becameLow_whenTheCreditFallsTo20Percent(long granted, long before, long after, boolean low) {
    var account = granted(granted).account();
    assertThat(
            BudgetRules.becameLow(
                account.toBuilder().setSettledMicros(before).build(), account.toBuilder().setSettledMicros(after).build(), 20))
        .isEqualTo(low);
  }

  private static GrantRequest request(String id, long amount) {
    return GrantRequest.newBuilder().setRequestId(id).setAccountId("s1").setAmountMicros(amount).build();
  }

  private static ErrorCode codeOf(Ruling<?> ruling) {
    return ((Ruling.Refuse<?>) ruling).refusal().code();
  }
}
