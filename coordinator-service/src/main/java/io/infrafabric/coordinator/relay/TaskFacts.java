package io.infrafabric.coordinator.relay;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.Attempt;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEvent;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.Withdrawal;
import io.infrafabric.kit.nats.EventHeaders;
import io.infrafabric.kit.relay.OutboundMessage;
import io.infrafabric.kit.relay.RelaySource;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Makes facts of task records: one for the services and one for the firehose. Pure. */
public final class TaskFacts {
  private static final JsonFormat.Printer JSON = JsonFormat.printer().omittingInsignificantWhitespace();

  /** Names the relay, its cursor and its elected role. */
  static final String SERVICE = "coordinator";

  private TaskFacts() {}

  /** What the coordinator's relay publishes. */
  public static RelaySource source(Records records) {
    return new RelaySource(
        SERVICE,
        List.of(records.prefixes().getFirst()),
        change -> change instanceof Change.Written written ? messages(written.entry(), false) : List.of(),
        entry -> messages(entry, true));
  }

  static List<OutboundMessage> messages(Entry entry, boolean reconciled) {
    return StoredTask.read(entry).filter(stored -> Ids.isId(stored.task().getSpec().getTaskId())).map(stored -> messages(entry, stored, reconciled)).orElse(List.of());
  }

  private static List<OutboundMessage> messages(Entry entry, StoredTask stored, boolean reconciled) {
    TaskEventType type = stored.last().getEvent();
    if (type == TaskEventType.TASK_EVENT_TYPE_UNSPECIFIED || type == TaskEventType.UNRECOGNIZED) {
      return List.of(); // written by nobody, or by a newer version
    }
    TaskEvent event = event(stored, reconciled);
    String id = entry.key() + ":" + entry.modRevision();
    var headers =
        new EventHeaders(
                id,
                "infrafabric.task." + word(event.getType()) + ".v1",
                "/coordinator",
                Times.toInstant(event.getAt()),
                event.getTaskId(),
                event.getTrace())
            .toMap();
    ByteString body = ByteString.copyFrom(json(event), StandardCharsets.UTF_8);
    List<OutboundMessage> messages = new ArrayList<>();
    withdrawal(stored, event, id).ifPresent(messages::add);
    messages.add(new OutboundMessage(Subjects.taskEvent(event.getType(), stored.id()), id, headers, body));
    messages.add(
        new OutboundMessage(
            Subjects.task(stored.task().getSpec().getRequiredCapabilitiesList(), event.getType()), id + ":firehose", headers, body));
    return messages;
  }

  /** The news, where the holder listens for offers, that its claim has ended without it; first of all, because it works in vain. */
  private static Optional<OutboundMessage> withdrawal(StoredTask stored, TaskEvent event, String id) {
    Task task = stored.task();
    if (task.getAttemptsCount() == 0 || event.getClaimId().isEmpty()) {
      return Optional.empty();
    }
    Attempt last = task.getAttempts(task.getAttemptsCount() - 1);
    boolean ofTheChange = last.getClaimId().equals(event.getClaimId());
    boolean withoutTheHolder =
        switch (last.getEnd()) {
          case CLAIM_END_CANCELLED, CLAIM_END_STALLED, CLAIM_END_REVOKED -> ofTheChange;
          // The change tells of the claim of the twin; there is none after it.
          case CLAIM_END_SUPERSEDED -> true;
          case CLAIM_END_UNSPECIFIED, CLAIM_END_COMPLETED, CLAIM_END_FAILED, CLAIM_END_RELEASED, CLAIM_END_LOST, UNRECOGNIZED -> false;
        };
    if (!withoutTheHolder) {
      return Optional.empty();
    }
    Offer news =
        Offer.newBuilder()
            .setTaskId(event.getTaskId())
            .setSwarmId(last.getSwarmId())
            .setRevision(event.getRevision())
            .setTrace(event.getTrace())
            .setWithdrawal(
                Withdrawal.newBuilder().setClaimId(last.getClaimId()).setFence(last.getFence()).setEnd(last.getEnd()).setReason(last.getReason()))
            .build();
    String ownId = id + ":withdrawal";
    var headers =
        new EventHeaders(ownId, "infrafabric.claim.withdrawn.v1", "/coordinator", Times.toInstant(event.getAt()), event.getTaskId(), event.getTrace())
            .toMap();
    return Optional.of(
        new OutboundMessage(Subjects.offer(new SwarmId(last.getSwarmId())), ownId, headers, ByteString.copyFrom(json(news), StandardCharsets.UTF_8)));
  }

  private static TaskEvent event(StoredTask stored, boolean reconciled) {
    Task task = stored.task();
    LastChange last = stored.last();
    TaskEvent.Builder event =
        TaskEvent.newBuilder()
            .setType(last.getEvent())
            .setTaskId(task.getSpec().getTaskId())
            .setState(TaskStates.of(task))
            .setRevision(task.getRevision())
            .setAt(last.getAt())
            .setSwarmId(last.getSwarmId())
            .setClaimId(last.getClaimId())
            .setFence(last.getFence())
            .setAttempt(task.getAttempt())
            .setCostMicros(last.getCostMicros())
            .setReason(last.getReason())
            .setPlanId(task.getSpec().getPlanId())
            .setTrace(last.getTrace())
            .setReconciled(reconciled);
    Optional<Claimed> held = TaskStates.claim(task);
    if (held.isPresent()) {
      Claimed claim = held.get();
      event.setSwarmId(claim.getSwarmId()).setClaimId(claim.getClaimId()).setFence(claim.getFence());
    }
    return event.build();
  }

  private static String word(TaskEventType type) {
    return type.name().substring("TASK_EVENT_TYPE_".length()).toLowerCase(Locale.ROOT);
  }

  private static String json(MessageOrBuilder message) {
    try {
      return JSON.print(message);
    } catch (InvalidProtocolBufferException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
