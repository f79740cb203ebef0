package io.infrafabric.coordinator.session;

import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.NoteRecord;
import io.infrafabric.coordinator.v1.SessionRecord;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.SwarmId;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;

/** Keeps what a swarm says of itself, for as long as its session lives. Answers whether it was new. */
final class NoteDecision implements Decision<Boolean> {
  private final Records records;
  private final SwarmId swarm;
  private final KeepAliveRequest request;
  private final InstantSource clock;

  NoteDecision(Records records, SwarmId swarm, KeepAliveRequest request, InstantSource clock) {
    this.records = records;
    this.swarm = swarm;
    this.request = request;
    this.clock = clock;
  }

  @Override
  public Set<String> reads() {
    return Set.of(records.keys().session(swarm));
  }

  @Override
  public Set<String> writes() {
    return Set.of(records.keys().note(swarm));
  }

  @Override
  public Step<Boolean> decide(View view) {
    NoteRecord before = records.note(view, swarm);
    NoteRecord.Builder next = before.toBuilder().setSwarmId(swarm.value());
    if (request.hasNote()) {
      next.setNote(request.getNote());
    }
    if (request.hasEstimatedUnblock()) {
      next.setEstimatedUnblock(request.getEstimatedUnblock());
    }
    Optional<SessionRecord> session = records.session(view, swarm).filter(open -> open.getSessionId().equals(request.getSessionId()));
    if (session.isEmpty() || next.build().equals(before)) {
      return Step.answer(false); // a session that has ended meanwhile has nothing to say
    }
    NoteRecord note = next.setAt(Times.toProto(clock.instant())).build();
    Txn txn =
        Txn.builder()
            .put(view, records.keys().note(swarm), Records.bytes(note), session.get().getLeaseId())
            .unchanged(view, records.keys().session(swarm))
            .build();
    return Step.commit(txn, revision -> true);
  }
}
