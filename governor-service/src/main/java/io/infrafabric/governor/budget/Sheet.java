package io.infrafabric.governor.budget;

import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.LedgerLine;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a rule looks at.
 *
 * @param holdings the accounts that are compared and may be written, by id; those that are not there are absent
 * @param lines calls on them that were done, by request id
 * @param look any account, as far as it is known here: for the way to the top
 * @param held the claim by which the task that is compared is held, if anybody holds it
 */
record Sheet(
    Map<String, Holding> holdings, Map<String, LedgerLine> lines, Function<String, Optional<Account>> look, Optional<HeldClaim> held) {
  /** The account with this id, if it is there. */
  Optional<Holding> at(String id) {
    return Optional.ofNullable(holdings.get(id));
  }

  /** What was done under this request id. */
  Optional<LedgerLine> line(String requestId) {
    return Optional.ofNullable(lines.get(requestId));
  }
}
