package io.infrafabric.coordinator.plan;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.storage.Room;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.names.PlanId;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** One change of a plan's record; answers the record as it is then. */
final class PlanDecision implements Decision<PlanRecord> {
  private final Records records;
  private final PlanId id;
  private final Change change;

  /** What becomes of a record, and why not. Pure. */
  @FunctionalInterface
  interface Change {
    /**
     * The step from the record there is.
     *
     * @param there empty when there is none
     */
    Next next(Optional<PlanRecord> there);
  }

  /** What a change wants. */
  sealed interface Next {
    /** Write this; the same as it is means that there is nothing to do. */
    record Write(PlanRecord record) implements Next {}

    /** It may not be, whatever happened meanwhile. */
    record Refuse(Refusal refusal) implements Next {}
  }

  private PlanDecision(Records records, PlanId id, Change change) {
    this.records = records;
    this.id = id;
    this.change = change;
  }

  /** Another change. */
  static PlanDecision of(Records records, PlanId id, Change change) {
    return new PlanDecision(records, id, change);
  }

  /** Stores a plan whose tasks are not stored yet. */
  static PlanDecision create(Records records, PlanRecord fresh, Room room) {
    return new PlanDecision(
        records,
        new PlanId(fresh.getPlanId()),
        there -> {
          if (there.isEmpty()) {
            return ifThereIsRoom(room, fresh);
          }
          return there.get().getDigest().equals(fresh.getDigest()) ? new Next.Write(there.get()) : new Next.Refuse(otherContent(there.get()));
        });
  }

  /** A plan that is not there yet is taken as a task is: not when etcd is short of room. */
  static Next ifThereIsRoom(Room room, PlanRecord fresh) {
    return room.forSubmit().<Next>map(full -> new Next.Refuse(full.with("plan_id", fresh.getPlanId()))).orElseGet(() -> new Next.Write(fresh));
  }

  /** Changes a plan that must be there. */
  static PlanDecision update(Records records, PlanId id, UnaryOperator<PlanRecord> change) {
    return new PlanDecision(
        records,
        id,
        there -> there.<Next>map(plan -> new Next.Write(change.apply(plan))).orElseGet(() -> new Next.Refuse(notFound(id))));
  }

  /** The refusal of a plan whose id another one has. */
  static Refusal otherContent(PlanRecord there) {
    return Refusal.of(ErrorCode.ERROR_CODE_ALREADY_EXISTS, "plan " + there.getPlanId() + " exists with other content, of digest " + there.getDigest())
        .with("plan_id", there.getPlanId())
        .with("digest", there.getDigest());
  }

  static Refusal notFound(PlanId id) {
    return Refusal.of(ErrorCode.ERROR_CODE_PLAN_NOT_FOUND, "there is no plan " + id).with("plan_id", id);
  }

  @Override
  public Set<String> reads() {
    return Set.of();
  }

  @Override
  public Set<String> writes() {
    return Set.of(records.keys().plan(id));
  }

  @Override
  public Step<PlanRecord> decide(View view) {
    Optional<PlanRecord> there = records.plan(view, id);
    return switch (change.next(there)) {
      case Next.Refuse(Refusal refusal) -> there.isEmpty() ? Step.refuse(refusal) : Step.refuseCertainly(refusal);
      case Next.Write(PlanRecord next) when there.isPresent() && there.get().equals(next) -> Step.answer(next);
      case Next.Write(PlanRecord next) ->
          Step.commit(Txn.builder().put(view, records.keys().plan(id), Records.bytes(next)).build(), revision -> next);
    };
  }
}
