package io.infrafabric.governor.breaker;

import io.grpc.stub.ServerCallStreamObserver;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.ReplicaBooks;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.WatchBreakersResponse;
import io.infrafabric.kit.lifecycle.Threads;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/** One WatchBreakers stream: what is there, then the newest state of each that has changed, whenever the client can take more. */
final class GrpcBreakerWatch {
  private final ReplicaBooks books;
  private final ServerCallStreamObserver<WatchBreakersResponse> observer;
  private final Semaphore work = new Semaphore(1);
  /** Revisions by swarm of what was sent. */
  private final Map<String, Long> told = new HashMap<>();

  GrpcBreakerWatch(ReplicaBooks books, ServerCallStreamObserver<WatchBreakersResponse> observer) {
    this.books = books;
    this.observer = observer;
  }

  /** To be called while the call comes in. */
  void start(boolean all, BreakerFeed feed) {
    observer.setOnReadyHandler(work::release);
    observer.setOnCancelHandler(work::release);
    Threads.startVirtual("watch-breakers", () -> pass(all, feed));
  }

  private void pass(boolean all, BreakerFeed feed) {
    try (BreakerFeed.Subscription subscription = feed.subscribe(work::release)) {
      books.breakers().filter(one -> all || Books.isAnyOpen(one)).forEach(one -> subscription.changed.add(one.getSwarmId()));
      while (!observer.isCancelled()) {
        work.acquire();
        work.drainPermits();
        tell(subscription);
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  private void tell(BreakerFeed.Subscription subscription) {
    for (String swarm : subscription.changed) {
      if (!observer.isReady()) {
        return; // what is left stays marked
      }
      subscription.changed.remove(swarm);
      Optional<Breaker> breaker = books.breaker(swarm);
      if (breaker.isPresent() && breaker.get().getRevision() > told.getOrDefault(swarm, 0L)) {
        told.put(swarm, breaker.get().getRevision());
        observer.onNext(WatchBreakersResponse.newBuilder().setBreaker(breaker.get()).build());
      }
    }
  }
}
