package io.infrafabric.scenarios.planted;

import static io.infrafabric.scenarios.planted.Txns.KEYS;
import static io.infrafabric.scenarios.planted.Txns.does;
import static io.infrafabric.scenarios.planted.Txns.uncompared;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.infrafabric.coordinator.v1.Attempt;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.Ready;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.TaskRecord;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.names.Keys;
import io.infrafabric.testkit.store.MemoryStore;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Bugs in what is written and in what is made of the answers. */
final class Bugs {
  private static final TaskEventType CLAIMED = TaskEventType.TASK_EVENT_TYPE_CLAIMED;
  private static final TaskEventType CANCELLED = TaskEventType.TASK_EVENT_TYPE_CANCELLED;
  private static final Set<TaskEventType> BY_THE_WORKER =
      EnumSet.of(TaskEventType.TASK_EVENT_TYPE_COMPLETED, TaskEventType.TASK_EVENT_TYPE_FAILED, TaskEventType.TASK_EVENT_TYPE_RETRIED, TaskEventType.TASK_EVENT_TYPE_RELEASED);
  private static final Set<TaskEventType> WITHOUT_COST = EnumSet.of(TaskEventType.TASK_EVENT_TYPE_LOST, TaskEventType.TASK_EVENT_TYPE_RELEASED);

  private Bugs() {}

  /** A claim looks at the money, and does not look again when it takes it. */
  static Bug checkThenActBudget() {
    return new WrittenBug((memory, txn) -> does(txn, CLAIMED) ? uncompared(memory, txn, Txns::isBook) : txn);
  }

  /** A claim does not compare the session it is made under. */
  static Bug claimWithoutSession() {
    return new WrittenBug((memory, txn) -> does(txn, CLAIMED) ? uncompared(memory, txn, Txns::isSession) : txn);
  }

  /** A claim does not compare the standing it is admitted by. */
  static Bug claimWithoutStanding() {
    return new WrittenBug((memory, txn) -> does(txn, CLAIMED) ? uncompared(memory, txn, Txns::isStanding) : txn);
  }

  /** A claim does not compare the task. */
  static Bug claimWithoutTask() {
    return new WrittenBug((memory, txn) -> does(txn, CLAIMED) ? uncompared(memory, txn, Txns::isTask) : txn);
  }

  /** A cancellation overwrites whatever the task has become. */
  static Bug cancelWithoutTask() {
    return new WrittenBug((memory, txn) -> does(txn, CANCELLED) ? uncompared(memory, txn, Txns::isTask) : txn);
  }

  /** The promise of a claim that ends without a cost is not taken back. */
  static Bug promiseNotReleased() {
    return new WrittenBug((memory, txn) -> WITHOUT_COST.stream().anyMatch(event -> does(txn, event)) ? Txns.without(txn, Txns::isBook) : txn);
  }

  /** What an ended claim cost is dropped before it is booked. */
  static Bug costForgotten() {
    return new WrittenBug((memory, txn) -> Txns.rewritten(txn, write -> Txns.rebooked(write, Bugs::withoutEnded)));
  }

  private static CommitmentsRecord withoutEnded(CommitmentsRecord book) {
    CommitmentsRecord.Builder next = book.toBuilder().clearCommitments();
    book.getCommitmentsList().stream().filter(line -> line.getEnd() != ClaimEnd.CLAIM_END_COMPLETED).forEach(next::addCommitments);
    return next.build();
  }

  /** An attempt is counted when the worker reports, so that a crash is none. */
  static Bug attemptCountedByTheWorker() {
    return new WrittenBug((memory, txn) -> Txns.rewritten(txn, write -> Txns.retold(write, Bugs::countedLate)));
  }

  private static TaskRecord countedLate(TaskRecord record) {
    Task task = record.getTask();
    int more = record.getLast().getEvent() == CLAIMED ? -1 : BY_THE_WORKER.contains(record.getLast().getEvent()) ? 1 : 0;
    return record.toBuilder().setTask(task.toBuilder().setAttempt(Math.max(0, task.getAttempt() + more))).build();
  }

  /** The request that claimed is not remembered. */
  static Bug requestForgotten() {
    return new WrittenBug((memory, txn) -> Txns.rewritten(txn, write -> Txns.rebooked(Txns.retold(write, Bugs::anonymous), Bugs::anonymous)));
  }

  private static TaskRecord anonymous(TaskRecord record) {
    if (!record.getTask().hasClaimed()) {
      return record;
    }
    TaskRecord.Builder next = record.toBuilder();
    next.getTaskBuilder().getClaimedBuilder().clearRequestId();
    return next.build();
  }

  private static CommitmentsRecord anonymous(CommitmentsRecord book) {
    List<Commitment> lines = book.getCommitmentsList().stream().map(line -> line.toBuilder().clearRequestId().build()).toList();
    return book.toBuilder().clearCommitments().addAllCommitments(lines).build();
  }

  /** Both twins count: the holder of a task that its twin has completed is paid as well. */
  static Bug bothTwinsArePaid() {
    return new WrittenBug(
        (memory, txn) -> {
          Txn worse = txn;
          for (Txn.Write write : txn.writes()) {
            Optional<Attempt> second = Txns.task(write).map(TaskRecord::getTask).filter(Task::hasCompleted).flatMap(Bugs::superseded);
            if (second.isPresent()) {
              worse = Txns.rewritten(worse, other -> Txns.rebooked(other, book -> paid(memory, other.key(), book, second.get().getClaimId())));
            }
          }
          return worse;
        });
  }

  private static Optional<Attempt> superseded(Task task) {
    return task.getAttemptsList().stream().filter(attempt -> attempt.getEnd() == ClaimEnd.CLAIM_END_SUPERSEDED).findFirst();
  }

  /** The book with the claim, which had left it, owed all that was promised for it. */
  private static CommitmentsRecord paid(MemoryStore memory, String key, CommitmentsRecord book, String claim) {
    return Txns.entry(memory, key).map(entry -> Txns.book(entry.value())).stream()
        .flatMap(before -> before.getCommitmentsList().stream())
        .filter(line -> line.getClaimId().equals(claim))
        .findFirst()
        .map(
            line -> {
              long number = book.getEndedCount() + 1;
              Commitment owed = line.toBuilder().setEnd(ClaimEnd.CLAIM_END_COMPLETED).setCostMicros(line.getMaxCostMicros()).setEndedNumber(number).build();
              return book.toBuilder().setEndedCount(number).addCommitments(owed).build();
            })
        .orElse(book);
  }

  /** The range of a session's key ends without a slash: those of longer names go with it. */
  static Bug rangeEndWithoutASlash() {
    return new WrittenBug(
        (memory, txn) -> {
          Txn wider = txn;
          for (Txn.Write write : txn.writes()) {
            if (write instanceof Txn.Write.Delete delete && Txns.isSession(delete.key())) {
              for (Entry other : memory.entries(delete.key())) {
                wider = other.key().equals(delete.key()) ? wider : Txns.and(memory, wider, new Txn.Write.Delete(other.key()));
              }
            }
          }
          return wider;
        });
  }

  /** What waits for a task is made ready when the task is claimed, because it will be done soon. */
  static Bug dependencyReleasedTooEarly() {
    return new WrittenBug(
        (memory, txn) -> {
          Txn wider = txn;
          for (Txn.Write write : txn.writes()) {
            if (Txns.task(write).filter(record -> record.getLast().getEvent() == CLAIMED).isPresent()) {
              for (Entry entry : memory.entries(KEYS.tasks())) {
                TaskRecord waiting = Txns.task(entry.value());
                if (waiting.getTask().hasWaiting() && waiting.getTask().getSpec().getDependsOnList().contains(Keys.idOf(write.key()))) {
                  wider = Txns.and(memory, wider, new Txn.Write.Put(entry.key(), ready(waiting), 0));
                }
              }
            }
          }
          return wider;
        });
  }

  private static ByteString ready(TaskRecord waiting) {
    TaskRecord.Builder next = waiting.toBuilder();
    next.getTaskBuilder().setReady(Ready.getDefaultInstance());
    next.getLastBuilder().setEvent(TaskEventType.TASK_EVENT_TYPE_READY).clearRequestId();
    return next.build().toByteString();
  }

  /** The cursor of the relay is saved at what was committed, not at what was published. */
  static Bug cursorBeforePublish() {
    return new WrittenBug(
        (memory, txn) ->
            Txns.rewritten(
                txn,
                write ->
                    write instanceof Txn.Write.Put put && put.key().equals(KEYS.relayCursor("coordinator"))
                        ? new Txn.Write.Put(put.key(), ByteString.copyFromUtf8(Long.toString(memory.revision())), 0)
                        : write));
  }

  /** A write whose outcome is unknown is sent again without its compares. */
  static Bug bareRetry() {
    return new AnswerBug(false) {
      @Override
      Outcome mistaken(Store store, MemoryStore memory, Txn txn, Outcome outcome) {
        if (outcome instanceof Outcome.Unknown && !txn.writes().isEmpty()) {
          CompletableFuture.delayedExecutor(40, TimeUnit.MILLISECONDS)
              .execute(() -> store.commit(List.of(uncompared(memory, txn, key -> true))));
        }
        return outcome;
      }
    };
  }

  /** No answer is taken for a yes. */
  static Bug timeoutIsSuccess() {
    return new AnswerBug(false) {
      @Override
      Outcome mistaken(Store store, MemoryStore memory, Txn txn, Outcome outcome) {
        return outcome instanceof Outcome.Unknown && !txn.writes().isEmpty() ? new Outcome.Committed(memory.revision()) : outcome;
      }
    };
  }

  /** No answer is taken for a no. */
  static Bug timeoutIsFailure() {
    return new AnswerBug(false) {
      @Override
      Outcome mistaken(Store store, MemoryStore memory, Txn txn, Outcome outcome) {
        return outcome instanceof Outcome.Unknown(Throwable cause, boolean sent) ? new Outcome.Unknown(cause, false) : outcome;
      }
    };
  }

  /** A booking whose outcome is unknown is made again on what is there by then. */
  static Bug settlementAppliedTwice() {
    return new AnswerBug(true) {
      @Override
      Outcome mistaken(Store store, MemoryStore memory, Txn txn, Outcome outcome) {
        if (outcome instanceof Outcome.Unknown) {
          txn.writes().stream()
              .filter(write -> write.key().startsWith(KEYS.accounts()))
              .forEach(write -> bookAgain(store, memory, (Txn.Write.Put) write));
        }
        return outcome;
      }
    };
  }

  private static void bookAgain(Store store, MemoryStore memory, Txn.Write.Put write) {
    String standingKey = KEYS.standings() + Keys.idOf(write.key());
    try {
      Account now = Account.parseFrom(Txns.entry(memory, write.key()).orElseThrow().value());
      Standing standing = Standing.parseFrom(Txns.entry(memory, standingKey).orElseThrow().value());
      long cost = 1 + Math.abs(Account.parseFrom(write.value()).getSettledMicros() - now.getSettledMicros());
      Account again = now.toBuilder().setSettledMicros(now.getSettledMicros() + cost).setCreditMicros(now.getCreditMicros() - cost).build();
      Standing poorer = standing.toBuilder().setCreditMicros(standing.getCreditMicros() - cost).build();
      Txn txn = new Txn(List.of(new Txn.Compare(write.key(), 0)), List.of(new Txn.Write.Put(write.key(), again.toByteString(), 0)));
      Txn both = Txns.and(memory, txn, new Txn.Write.Put(standingKey, poorer.toByteString(), 0));
      store.commit(List.of(uncompared(memory, both, key -> true)));
    } catch (InvalidProtocolBufferException corrupt) {
      throw new IllegalStateException(corrupt);
    }
  }
}
