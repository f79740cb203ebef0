package io.infrafabric.coordinator.session;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.v1.SessionRecord;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.names.SwarmId;
import java.util.Optional;
import java.util.Set;

/** Opens a session on a lease; answers the session that is open then, which may be the one this request opened before. */
final class OpenDecision implements Decision<OpenDecision.Opened> {
  private final Records records;
  private final SessionRecord wanted;
  private final boolean replace;
  private final boolean inherit;

  /**
   * @param replacedLease of the session it took over from, 0 without one
   */
  record Opened(SessionRecord session, long revision, long replacedLease) {}

  /**
   * @param inherit whether it takes over from a session that is alive with its claims
   */
  OpenDecision(Records records, SessionRecord wanted, boolean replace, boolean inherit) {
    this.records = records;
    this.wanted = wanted;
    this.replace = replace;
    this.inherit = inherit;
  }

  private SwarmId swarm() {
    return new SwarmId(wanted.getSwarmId());
  }

  @Override
  public Set<String> reads() {
    return Set.of(records.keys().standing(swarm()));
  }

  @Override
  public Set<String> writes() {
    return Set.of(records.keys().session(swarm()), records.keys().commitments(swarm()));
  }

  @Override
  public Set<String> shared() {
    return Set.of(records.keys().commitments(swarm()));
  }

  @Override
  public Step<Opened> decide(View view) {
    if (records.standing(view, swarm()).isEmpty()) {
      return Step.refuse(
          Refusal.of(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, "swarm " + swarm() + " is not registered").with("swarm_id", swarm()));
    }
    Optional<SessionRecord> open = records.session(view, swarm());
    if (open.isPresent()) {
      if (open.get().getRequestId().equals(wanted.getRequestId())) {
        return Step.answer(new Opened(open.get(), records.sessionRevision(view, swarm()), 0));
      }
      // The book outlives sessions, so that it tells of a request whose own session has ended and been followed by others.
      if (CommitmentRules.hasOpened(records.commitments(view, swarm()), wanted.getRequestId())) {
        return Step.refuse(newer());
      }
      if (!replace && !inherit) {
        return Step.refuse(exists(swarm()));
      }
    }
    String key = records.keys().session(swarm());
    SessionRecord next = inherit && open.isPresent() ? SessionRules.inheriting(wanted, open.get(), records.sessionRevision(view, swarm())) : wanted;
    Txn txn =
        Txn.builder()
            .put(view, key, Records.bytes(next), next.getLeaseId())
            .put(
                view,
                records.keys().commitments(swarm()),
                Records.bytes(CommitmentRules.opened(records.commitments(view, swarm()), wanted.getRequestId())))
            .build();
    long replaced = open.map(SessionRecord::getLeaseId).orElse(0L);
    return Step.commit(txn, revision -> new Opened(next, revision, replaced));
  }

  private Refusal newer() {
    return Refusal.of(
            ErrorCode.ERROR_CODE_SESSION_EXISTS,
            "swarm " + swarm() + " has a live session, newer than the one that request " + wanted.getRequestId() + " opened: only a new request may replace it")
        .with("swarm_id", swarm());
  }

  static Refusal exists(SwarmId swarm) {
    return Refusal.of(ErrorCode.ERROR_CODE_SESSION_EXISTS, "swarm " + swarm + " has a live session").with("swarm_id", swarm);
  }
}
