package io.infrafabric.coordinator.status;

import io.grpc.stub.StreamObserver;
import io.infrafabric.common.v1.QuarantinedRecord;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.request.RequestRules;
import io.infrafabric.coordinator.storage.StorageGuard;
import io.infrafabric.coordinator.task.TaskIndex;
import io.infrafabric.coordinator.v1.DropQuarantinedRequest;
import io.infrafabric.coordinator.v1.DropQuarantinedResponse;
import io.infrafabric.coordinator.v1.GetStatusRequest;
import io.infrafabric.coordinator.v1.GetStatusResponse;
import io.infrafabric.coordinator.v1.Health;
import io.infrafabric.coordinator.v1.HealthState;
import io.infrafabric.coordinator.v1.ListQuarantinedRequest;
import io.infrafabric.coordinator.v1.ListQuarantinedResponse;
import io.infrafabric.coordinator.v1.QuarantineStatus;
import io.infrafabric.coordinator.v1.StateCount;
import io.infrafabric.coordinator.v1.StatusServiceGrpc;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.grpc.Replies;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.quarantine.Copies;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.Limits;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/** How this coordinator is, on gRPC. */
public final class GrpcStatus extends StatusServiceGrpc.StatusServiceImplBase {
  /** Of a value in a list: enough to see what it is. */
  private static final int VALUE_BYTES = 1_024;

  private final StorageGuard guard;
  private final TaskIndex index;
  private final LongSupplier archived;
  private final GrpcFigures figures;
  private final Replica replica;
  private final Records records;
  private final Bus bus;
  private final Copies quarantined;

  /**
   * @param archived tasks archived so far
   */
  public GrpcStatus(
      StorageGuard guard, TaskIndex index, LongSupplier archived, GrpcFigures figures, Replica replica, Records records, Bus bus) {
    this.guard = guard;
    this.index = index;
    this.archived = archived;
    this.figures = figures;
    this.replica = replica;
    this.records = records;
    this.bus = bus;
    this.quarantined = new Copies(replica, records.keys());
  }

  @Override
  public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> observer) {
    Replies.reply(observer, this::status);
  }

  @Override
  public void listQuarantined(ListQuarantinedRequest request, StreamObserver<ListQuarantinedResponse> observer) {
    Replies.reply(
        observer,
        () -> {
          int size = request.getPageSize() == 0 ? Limits.PAGE_SIZE_DEFAULT : Math.min(Limits.PAGE_SIZE, Math.max(1, request.getPageSize()));
          List<QuarantinedRecord> page = quarantined.after(request.getPageToken(), size + 1);
          ListQuarantinedResponse.Builder response = ListQuarantinedResponse.newBuilder();
          page.stream().limit(size).map(GrpcStatus::listed).forEach(response::addRecords);
          return response.setNextPageToken(page.size() > size ? quarantined.token(page.get(size - 1)) : "").build();
        });
  }

  private static QuarantinedRecord listed(QuarantinedRecord record) {
    return record.toBuilder().setValue(record.getValue().substring(0, Math.min(VALUE_BYTES, record.getValue().size()))).build();
  }

  @Override
  public void dropQuarantined(DropQuarantinedRequest request, StreamObserver<DropQuarantinedResponse> observer) {
    Replies.replyAsync(
        observer,
        () -> {
          RequestRules.requestId(request.getRequestId());
          RequestRules.under(records.keys().root(), request.getKey());
          return quarantined
              .drop(request.getKey(), request.getRevision())
              .thenApply(
                  dropped -> {
                    DropQuarantinedResponse.Builder response = DropQuarantinedResponse.newBuilder();
                    dropped.map(GrpcStatus::listed).ifPresent(response::setDropped);
                    return response.build();
                  });
        });
  }

  private QuarantineStatus quarantine() {
    Map<Boolean, Long> kept = quarantined.all().collect(Collectors.partitioningBy(QuarantinedRecord::getKept, Collectors.counting()));
    return QuarantineStatus.newBuilder().setMoved(kept.get(false)).setKept(kept.get(true)).setUnreadable(replica.unreadable().size()).build();
  }

  private GetStatusResponse status() {
    GetStatusResponse.Builder status =
        GetStatusResponse.newBuilder()
            .setStore(guard.status())
            .setArchived(archived.getAsLong())
            .setHealth(health())
            .setSwarms(swarms())
            .setSessions(replica.scan(records.keys().sessions()).size())
            .setQuarantine(quarantine())
            .setPolicyRevision(records.policy(replica).revision());
    figures.tell(status);
    for (TaskState state : TaskState.values()) {
      if (state != TaskState.UNRECOGNIZED && state != TaskState.TASK_STATE_UNSPECIFIED) {
        status.addTasks(StateCount.newBuilder().setState(state).setCount(index.count(state)));
      }
    }
    return status.build();
  }

  private Health health() {
    boolean etcd = replica.reachable();
    boolean nats = bus.answers();
    HealthState state = etcd && nats ? HealthState.HEALTH_STATE_HEALTHY : HealthState.HEALTH_STATE_DISCONNECTED;
    return Health.newBuilder().setState(state).setEtcd(etcd).setNats(nats).build();
  }

  private long swarms() {
    return replica.scan(records.keys().standings()).values().stream()
        .filter(entry -> !Records.parse(entry, Standing.parser()).getUnregistered())
        .count();
  }
}
