package io.infrafabric.coordinator.plan;

import io.grpc.stub.ServerCallStreamObserver;
import io.infrafabric.coordinator.v1.PlanProgress;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.coordinator.v1.WatchPlanResponse;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.names.PlanId;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/** One WatchPlan stream: the progress as it is, then as it is whenever it changed and the client can take more. */
final class GrpcPlanWatch {
  private final PlanId plan;
  private final ServerCallStreamObserver<WatchPlanResponse> observer;
  private final Semaphore work = new Semaphore(1);

  GrpcPlanWatch(PlanId plan, ServerCallStreamObserver<WatchPlanResponse> observer) {
    this.plan = plan;
    this.observer = observer;
  }

  /** To be called while the call comes in. */
  void prepare() {
    observer.setOnReadyHandler(work::release);
    observer.setOnCancelHandler(work::release);
  }

  /** Begins to tell; the index knows the plan. */
  void start(PlanIndex index) {
    Threads.startVirtual("watch-plan", () -> pass(index));
  }

  private void pass(PlanIndex index) {
    try (PlanIndex.Watch watch = index.watch(plan.value(), work::release)) {
      Optional<WatchPlanResponse> last = Optional.empty();
      while (!observer.isCancelled()) {
        work.acquire();
        work.drainPermits();
        if (!observer.isReady() || observer.isCancelled()) {
          continue;
        }
        Optional<WatchPlanResponse> now = index.plan(plan.value()).map(record -> told(record, index.progress(record)));
        if (now.isPresent() && !now.equals(last)) {
          observer.onNext(now.get());
          last = now;
        }
        if (now.isEmpty() || now.get().getProgress().getComplete()) {
          observer.onCompleted();
          return;
        }
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  private static WatchPlanResponse told(PlanRecord record, PlanProgress progress) {
    return WatchPlanResponse.newBuilder().setProgress(progress).setState(PlanStates.of(record, progress)).build();
  }
}
