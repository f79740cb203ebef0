package io.infrafabric.governor.books;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.GrantEntry;
import io.infrafabric.kit.time.Times;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The request ids of the last operator calls on a swarm, kept in its account: what was done once is not done again, however
 * late the retry. A call without money is listed with 0.
 */
public final class RequestLog {
  /** Request ids that are remembered. */
  public static final int LENGTH = 128;

  private RequestLog() {}

  /** What the request granted, if it was done. */
  public static Optional<Long> amountOf(Account account, String requestId) {
    return account.getGrantsList().stream()
        .filter(entry -> entry.getRequestId().equals(requestId))
        .map(GrantEntry::getAmountMicros)
        .findFirst();
  }

  /** The account that remembers the request; the oldest one is forgotten when there are too many. */
  public static Account append(Account account, String requestId, long amountMicros, Instant now) {
    List<GrantEntry> kept = account.getGrantsList();
    if (kept.size() >= LENGTH) {
      kept = kept.subList(kept.size() - LENGTH + 1, kept.size());
    }
    return account.toBuilder()
        .clearGrants()
        .addAllGrants(List.copyOf(kept))
        .addGrants(GrantEntry.newBuilder().setRequestId(requestId).setAmountMicros(amountMicros).setAt(Times.toProto(now)))
        .build();
  }

  /** The refusal of a request id that stands for something else. */
  public static Refusal reused(Account account, String requestId) {
    return Refusal.of(
            ErrorCode.ERROR_CODE_REQUEST_ID_REUSED,
            "request %s was done for account %s with %d micro-dollars: use a new request id for another call"
                .formatted(requestId, account.getAccountId(), amountOf(account, requestId).orElse(0L)))
        .with("account_id", account.getAccountId())
        .with("request_id", requestId);
  }
}
