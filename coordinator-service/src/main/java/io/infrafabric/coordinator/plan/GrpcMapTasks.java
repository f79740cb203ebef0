package io.infrafabric.coordinator.plan;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.infrafabric.coordinator.plan.MappingRules.Mapping;
import io.infrafabric.coordinator.request.RequestRules;
import io.infrafabric.coordinator.v1.MapTasksRequest;
import io.infrafabric.coordinator.v1.MapTasksResponse;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.grpc.Replies;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One MapTasks stream. The next message is asked for when the last one's children are on their way, and only so many of those are
 * on their way at once: so the memory of a stream does not grow with its length.
 */
final class GrpcMapTasks implements StreamObserver<MapTasksRequest> {
  /** Children of a stream that are under way at once; see {@link CancelWalk#GAP}. */
  static final int WINDOW = 256;

  private final Mappings mappings;
  private final ServerCallStreamObserver<MapTasksResponse> observer;
  private final BlockingQueue<Optional<MapTasksRequest>> arrived = new LinkedBlockingQueue<>();
  private final Semaphore window = new Semaphore(WINDOW);
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private volatile boolean cancelled;
  private int children;

  GrpcMapTasks(Mappings mappings, ServerCallStreamObserver<MapTasksResponse> observer) {
    this.mappings = mappings;
    this.observer = observer;
  }

  /** Begins to take messages; the work is done elsewhere, because they come in on the network's threads. */
  GrpcMapTasks start(Executor slow) {
    observer.disableAutoRequest();
    observer.request(1);
    slow.execute(this::run);
    return this;
  }

  @Override
  public void onNext(MapTasksRequest message) {
    arrived.add(Optional.of(message));
  }

  @Override
  public void onCompleted() {
    arrived.add(Optional.empty());
  }

  @Override
  public void onError(Throwable gone) {
    cancelled = true;
    arrived.add(Optional.empty());
  }

  private void run() {
    try {
      Optional<MapTasksRequest> first = arrived.take();
      if (cancelled) {
        return;
      }
      RequestRules.requestId(first.map(MapTasksRequest::getRequestId).orElse(""));
      Mapping mapping = MappingRules.mapping(first.orElseThrow());
      check(mapping, first.get(), 0);
      mappings.begin(mapping).join();
      fill(mapping, first.get());
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException refused) {
      Replies.fail(observer, refused);
    }
  }

  private void fill(Mapping mapping, MapTasksRequest first) throws InterruptedException {
    try {
      for (Optional<MapTasksRequest> next = Optional.of(first); next.isPresent() && failure.get() == null; next = arrived.take()) {
        store(mapping, next.get());
        observer.request(1);
      }
      window.acquire(WINDOW);
      rethrow();
      if (!cancelled) {
        refuse(MappingRules.ended(mapping, children));
        MapTasksResponse response = mappings.end(mapping, children).join();
        observer.onNext(response);
        observer.onCompleted();
      }
    } catch (RuntimeException broken) {
      Refusal refusal = Errors.toRefusal(broken);
      Replies.fail(observer, Mappings.broken(refusal, children).asException());
    }
  }

  private void store(Mapping mapping, MapTasksRequest message) throws InterruptedException {
    check(mapping, message, children);
    for (int i = 0; i < message.getPayloadsCount(); i++) {
      window.acquire();
      if (failure.get() != null || cancelled) {
        window.release();
        return;
      }
      mappings
          .child(mapping, children++, message.getPayloads(i))
          .whenComplete(
              (stored, broken) -> {
                if (broken != null) {
                  failure.compareAndSet(null, broken);
                }
                window.release();
              });
    }
  }

  /** A message is taken whole or not at all. */
  private static void check(Mapping mapping, MapTasksRequest message, int from) {
    for (int i = 0; i < message.getPayloadsCount(); i++) {
      refuse(MappingRules.child(mapping, from + i, message.getPayloads(i).size()));
    }
  }

  private static void refuse(Optional<Refusal> wrong) {
    wrong.ifPresent(refusal -> {
      throw refusal.asException();
    });
  }

  private void rethrow() {
    Throwable broken = failure.get();
    if (broken != null) {
      throw broken instanceof RuntimeException runtime ? runtime : new CompletionException(broken);
    }
  }
}
