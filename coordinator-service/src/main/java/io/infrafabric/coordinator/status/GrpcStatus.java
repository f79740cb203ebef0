package io.infrafabric.coordinator.status;

import io.grpc.stub.StreamObserver;
import io.infrafabric.coordinator.claim.ClaimTimes;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.storage.StorageGuard;
import io.infrafabric.coordinator.task.TaskIndex;
import io.infrafabric.coordinator.v1.ClaimStats;
import io.infrafabric.coordinator.v1.GetStatusRequest;
import io.infrafabric.coordinator.v1.GetStatusResponse;
import io.infrafabric.coordinator.v1.Health;
import io.infrafabric.coordinator.v1.HealthState;
import io.infrafabric.coordinator.v1.StateCount;
import io.infrafabric.coordinator.v1.StatusServiceGrpc;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.grpc.Replies;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.store.Replica;
import java.util.function.LongSupplier;

/** How this coordinator is, on gRPC. */
public final class GrpcStatus extends StatusServiceGrpc.StatusServiceImplBase {
  private final StorageGuard guard;
  private final TaskIndex index;
  private final LongSupplier archived;
  private final ClaimTimes claims;
  private final Replica replica;
  private final Records records;
  private final Bus bus;

  /**
   * @param archived tasks archived so far
   */
  public GrpcStatus(
      StorageGuard guard, TaskIndex index, LongSupplier archived, ClaimTimes claims, Replica replica, Records records, Bus bus) {
    this.guard = guard;
    this.index = index;
    this.archived = archived;
    this.claims = claims;
    this.replica = replica;
    this.records = records;
    this.bus = bus;
  }

  @Override
  public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> observer) {
    Replies.reply(observer, this::status);
  }

  private GetStatusResponse status() {
    GetStatusResponse.Builder status =
        GetStatusResponse.newBuilder()
            .setStore(guard.status())
            .setArchived(archived.getAsLong())
            .setHealth(health())
            .setSwarms(swarms())
            .setSessions(replica.scan(records.keys().sessions()).size())
            .setClaims(claims());
    for (TaskState state : TaskState.values()) {
      if (state != TaskState.UNRECOGNIZED && state != TaskState.TASK_STATE_UNSPECIFIED) {
        status.addTasks(StateCount.newBuilder().setState(state).setCount(index.count(state)));
      }
    }
    return status.build();
  }

  private Health health() {
    boolean etcd = replica.reachable();
    boolean nats = bus.connected();
    HealthState state = etcd && nats ? HealthState.HEALTH_STATE_HEALTHY : HealthState.HEALTH_STATE_DISCONNECTED;
    return Health.newBuilder().setState(state).setEtcd(etcd).setNats(nats).build();
  }

  private long swarms() {
    return replica.scan(records.keys().standings()).values().stream()
        .filter(entry -> !Records.parse(entry, Standing.parser()).getUnregistered())
        .count();
  }

  private ClaimStats claims() {
    ClaimTimes.Summary summary = claims.summary();
    return ClaimStats.newBuilder()
        .setMade(summary.made())
        .setMeasured(summary.measured())
        .setP50Micros(summary.p50Micros())
        .setP95Micros(summary.p95Micros())
        .setMaxMicros(summary.maxMicros())
        .build();
  }
}
