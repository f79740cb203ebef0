package io.infrafabric.governor.budget;

import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a change looks at.
 *
 * @param requestId of the call
 * @param accounts that may change, the first of which has the call in its ledger
 * @param unchanged accounts that must stay as they are
 * @param task a task whose claim is looked at, and must stay as it is
 * @param charge the request id of another call on the first account
 * @param linesOf accounts that get a line of this call too
 */
record Scope(String requestId, List<SwarmId> accounts, Set<SwarmId> unchanged, Optional<TaskId> task, Optional<String> charge, Set<SwarmId> linesOf) {
  Scope {
    accounts = List.copyOf(new LinkedHashSet<>(accounts));
    unchanged = new LinkedHashSet<>(unchanged);
    unchanged.removeAll(accounts);
  }

  static Scope of(String requestId, List<SwarmId> accounts) {
    return new Scope(requestId, accounts, Set.of(), Optional.empty(), Optional.empty(), Set.of());
  }

  Scope withUnchanged(Set<SwarmId> more) {
    return new Scope(requestId, accounts, more, task, charge, linesOf);
  }

  Scope withTask(Optional<TaskId> of) {
    return new Scope(requestId, accounts, unchanged, of, charge, linesOf);
  }

  Scope withCharge(String chargeRequestId) {
    return new Scope(requestId, accounts, unchanged, task, Optional.of(chargeRequestId), linesOf);
  }

  Scope withLinesOf(Set<SwarmId> more) {
    return new Scope(requestId, accounts, unchanged, task, charge, more);
  }
}
