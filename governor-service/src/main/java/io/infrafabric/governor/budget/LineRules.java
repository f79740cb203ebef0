package io.infrafabric.governor.budget;

import com.google.protobuf.Message;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountChange;
import io.infrafabric.governor.v1.AccountOperation;
import io.infrafabric.governor.v1.LedgerLine;
import io.infrafabric.kit.time.Times;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/** The lines of the ledger: each call on an account once. */
final class LineRules {
  private LineRules() {}

  /** A line for a call. */
  static LedgerLine.Builder line(String account, String requestId, AccountOperation operation, Message request, Instant now) {
    return LedgerLine.newBuilder()
        .setAccountId(account)
        .setRequestId(requestId)
        .setOperation(operation)
        .setRequestDigest(digest(request))
        .setAt(Times.toProto(now));
  }

  /** What becomes of a call that stands in the ledger already: answered, or refused because it was another one. Empty when it does not. */
  static <T> Optional<BudgetRuling<T>> done(Sheet sheet, String requestId, Message request, Supplier<T> answer) {
    return sheet
        .line(requestId)
        .map(
            line ->
                line.getRequestDigest() == digest(request)
                    ? new BudgetRuling.Keep<>(answer.get())
                    : new BudgetRuling.Refuse<>(
                        Refusal.of(
                                ErrorCode.ERROR_CODE_REQUEST_ID_REUSED,
                                "request %s was done for account %s with other content: use a new request id for another call".formatted(requestId, line.getAccountId()))
                            .with("account_id", line.getAccountId())
                            .with("request_id", requestId)));
  }

  /** The account with the call that writes it. */
  static Account told(Account account, LedgerLine line) {
    return account.toBuilder()
        .setLast(
            AccountChange.newBuilder()
                .setOperation(line.getOperation())
                .setRequestId(line.getRequestId())
                .setAmountMicros(line.getAmountMicros())
                .setClaimId(line.getClaimId())
                .setFence(line.getFence())
                .setAt(line.getAt()))
        .build();
  }

  /** The first eight bytes of the SHA-256 of a request. */
  static long digest(Message request) {
    try {
      return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(request.toByteArray())).getLong();
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
