package io.infrafabric.governor.escalation;

import io.grpc.stub.ServerCallStreamObserver;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.WatchEscalationsResponse;
import io.infrafabric.kit.lifecycle.Threads;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.Semaphore;

/** One WatchEscalations stream: what is there, then the newest state of each that has changed, whenever the client can take more. */
final class GrpcEscalationWatch {
  private final ReplicaEscalations escalations;
  private final ServerCallStreamObserver<WatchEscalationsResponse> observer;
  private final Semaphore work = new Semaphore(1);
  /** Revisions by id of what was sent, or was there at the beginning and not wanted. */
  private final Map<String, Long> told = new HashMap<>();

  GrpcEscalationWatch(ReplicaEscalations escalations, ServerCallStreamObserver<WatchEscalationsResponse> observer) {
    this.escalations = escalations;
    this.observer = observer;
  }

  /** To be called while the call comes in. */
  void start(boolean all, EscalationFeed feed) {
    observer.setOnReadyHandler(work::release);
    observer.setOnCancelHandler(work::release);
    Threads.startVirtual("watch-escalations", () -> pass(all, feed));
  }

  private void pass(boolean all, EscalationFeed feed) {
    try (EscalationFeed.Subscription subscription = feed.subscribe(work::release)) {
      if (!all) {
        escalations
            .all()
            .filter(one -> !(Stage.of(one) instanceof Stage.Open))
            .forEach(one -> told.put(one.getEscalationId(), one.getRevision()));
      }
      while (!observer.isCancelled()) {
        work.acquire();
        work.drainPermits();
        tell();
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  private void tell() {
    Iterator<Escalation> now = escalations.all().iterator();
    while (observer.isReady() && now.hasNext()) {
      Escalation escalation = now.next();
      Long before = told.put(escalation.getEscalationId(), escalation.getRevision());
      if (before == null || before < escalation.getRevision()) {
        observer.onNext(WatchEscalationsResponse.newBuilder().setEscalation(escalation).build());
      }
    }
  }
}
