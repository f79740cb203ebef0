package io.infrafabric.governor.budget;

import io.infrafabric.coordinator.v1.CommitmentsRecord;
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
 * @param promises what the coordinator lists for a swarm that is compared
 */
record Sheet(
    Map<String, Holding> holdings, Map<String, LedgerLine> lines, Function<String, Optional<Account>> look, Function<String, Promises> promises) {
  /**
   * The promises of a swarm.
   *
   * @param revision of the record: the fence of a claim that was made by it
   */
  record Promises(CommitmentsRecord record, long revision) {}

  /** The account with this id, if it is there. */
  Optional<Holding> at(String id) {
    return Optional.ofNullable(holdings.get(id));
  }

  /** What was done under this request id. */
  Optional<LedgerLine> line(String requestId) {
    return Optional.ofNullable(lines.get(requestId));
  }
}
