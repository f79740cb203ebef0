package io.infrafabric.coordinator.dispatch;

import io.grpc.stub.ServerCallStreamObserver;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.session.Sessions;
import io.infrafabric.coordinator.v1.WatchOffersRequest;
import io.infrafabric.coordinator.v1.WatchOffersResponse;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.grpc.Replies;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.names.SwarmId;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * WatchOffers: the offers of a swarm for as long as its session lives and it is registered or holds claims. A client that reads slowly holds back no more than a
 * short queue; it goes on from the stream, and is told if that has let go of some.
 */
public final class GrpcOfferWatch {
  private static final Logger log = LoggerFactory.getLogger(GrpcOfferWatch.class);
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

  private final OfferFeed feed;
  private final Sessions sessions;

  public GrpcOfferWatch(OfferFeed feed, Sessions sessions) {
    this.feed = feed;
    this.sessions = sessions;
  }

  /** Serves one stream, on a thread of its own. */
  public void serve(WatchOffersRequest request, ServerCallStreamObserver<WatchOffersResponse> observer) {
    SwarmId swarm;
    try {
      swarm = new SwarmId(request.getSwarmId());
      if (request.getResumeAfterSequence() < 0) {
        throw Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "resume_after_sequence: a place in the stream is not negative")
            .withField("resume_after_sequence", "0 or the sequence of an offer")
            .asException();
      }
    } catch (RuntimeException malformed) {
      Replies.fail(observer, malformed);
      return;
    }
    Semaphore work = new Semaphore(0);
    observer.setOnReadyHandler(work::release);
    observer.setOnCancelHandler(work::release);
    Threads.startVirtual("watch-offers", () -> serve(request, swarm, observer, work));
  }

  private void serve(WatchOffersRequest request, SwarmId swarm, ServerCallStreamObserver<WatchOffersResponse> observer, Semaphore work) {
    try (OfferReader reader = feed.reader(swarm, request.getResumeAfterSequence(), work::release)) {
      while (!observer.isCancelled()) {
        sessions.served(swarm, request.getSessionId()).join();
        send(reader, observer);
        work.tryAcquire(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
        work.drainPermits();
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    } catch (CompletionException ended) {
      Replies.fail(observer, ended);
    }
  }

  private static void send(OfferReader reader, ServerCallStreamObserver<WatchOffersResponse> observer) {
    try {
      while (observer.isReady()) {
        Optional<WatchOffersResponse> next = reader.poll();
        if (next.isEmpty()) {
          return;
        }
        observer.onNext(next.get());
      }
    } catch (io.infrafabric.error.RefusedException unreadable) {
      // The offers wait in the stream, or are rung again: the watch goes on when NATS does.
      log.atDebug().addKeyValue("cause", Errors.toRefusal(unreadable).message()).log("offers cannot be read now");
    }
  }
}
