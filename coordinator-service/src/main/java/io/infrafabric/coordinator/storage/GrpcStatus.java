package io.infrafabric.coordinator.storage;

import io.grpc.stub.StreamObserver;
import io.infrafabric.coordinator.task.TaskIndex;
import io.infrafabric.coordinator.v1.GetStatusRequest;
import io.infrafabric.coordinator.v1.GetStatusResponse;
import io.infrafabric.coordinator.v1.StateCount;
import io.infrafabric.coordinator.v1.StatusServiceGrpc;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.kit.grpc.Replies;
import java.util.function.LongSupplier;

/** How this coordinator is, on gRPC. */
public final class GrpcStatus extends StatusServiceGrpc.StatusServiceImplBase {
  private final StorageGuard guard;
  private final TaskIndex index;
  private final LongSupplier archived;

  /**
   * @param archived tasks archived so far
   */
  public GrpcStatus(StorageGuard guard, TaskIndex index, LongSupplier archived) {
    this.guard = guard;
    this.index = index;
    this.archived = archived;
  }

  @Override
  public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> observer) {
    Replies.reply(observer, this::status);
  }

  private GetStatusResponse status() {
    GetStatusResponse.Builder status = GetStatusResponse.newBuilder().setStore(guard.status()).setArchived(archived.getAsLong());
    for (TaskState state : TaskState.values()) {
      if (state != TaskState.UNRECOGNIZED && state != TaskState.TASK_STATE_UNSPECIFIED) {
        status.addTasks(StateCount.newBuilder().setState(state).setCount(index.count(state)));
      }
    }
    return status.build();
  }
}
