package io.infrafabric.coordinator.relay;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEvent;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.kit.nats.EventHeaders;
import io.infrafabric.kit.relay.OutboundMessage;
import io.infrafabric.kit.relay.RelaySource;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Subjects;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Makes facts of task records: one for the services and one for the firehose. Pure. */
public final class TaskFacts {
  private static final JsonFormat.Printer JSON = JsonFormat.printer().omittingInsignificantWhitespace();

  private TaskFacts() {}

  /** What the coordinator's relay publishes. */
  public static RelaySource source(Records records) {
    return new RelaySource(
        "coordinator",
        List.of(records.prefixes().getFirst()),
        change -> change instanceof Change.Written written ? messages(written.entry(), false) : List.of(),
        entry -> messages(entry, true));
  }

  static List<OutboundMessage> messages(Entry entry, boolean reconciled) {
    StoredTask stored = StoredTask.of(entry);
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
    return List.of(
        new OutboundMessage(Subjects.taskEvent(event.getType(), stored.id()), id, headers, body),
        new OutboundMessage(
            Subjects.task(stored.task().getSpec().getRequiredCapabilitiesList(), event.getType()), id + ":firehose", headers, body));
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

  private static String json(TaskEvent event) {
    try {
      return JSON.print(event);
    } catch (InvalidProtocolBufferException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
