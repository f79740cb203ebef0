package io.infrafabric.kit.etcd;

import io.etcd.jetcd.api.LeaseGrpc;
import io.etcd.jetcd.api.LeaseKeepAliveRequest;
import io.etcd.jetcd.api.LeaseKeepAliveResponse;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Renews leases over a few streams that stay open. jetcd's keepAliveOnce opens a stream for each renewal, which is most of what a renewal
 * costs, on both sides (docs/reference/performance.md).
 *
 * <p>etcd answers the requests of one stream one after the other; a member that is not the leader asks the leader for each. So there are
 * several, and a lease has its own of them.
 */
final class EtcdRenewals {
  private static final int LINES = 8;

  private final List<Line> lines;

  /**
   * @param channel to etcd, asked for when a stream is opened
   */
  EtcdRenewals(Supplier<Channel> channel) {
    this.lines = Stream.generate(() -> new Line(channel)).limit(LINES).toList();
  }

  /**
   * Asks etcd to give the lease its full time again.
   *
   * @return the time it has then; empty when there is no such lease any more; fails when the stream breaks. Whoever gives up waiting
   *     cancels it, and what waits behind it on its stream fails too
   */
  CompletableFuture<Optional<Duration>> renew(long lease) {
    return lines.get(Math.floorMod(Long.hashCode(lease), LINES)).renew(lease);
  }

  /** One stream after another. Its state belongs to its monitor; futures are completed outside of it. */
  private static final class Line {
    private final Supplier<Channel> channel;
    private Answers open;

    Line(Supplier<Channel> channel) {
      this.channel = channel;
    }

    CompletableFuture<Optional<Duration>> renew(long lease) {
      Waiting waiting = new Waiting(lease, new CompletableFuture<>());
      Answers used;
      synchronized (this) {
        if (open == null || open.ended) {
          Answers fresh = new Answers(this);
          fresh.requests = LeaseGrpc.newStub(channel.get()).leaseKeepAlive(fresh);
          open = fresh;
        }
        used = open;
        used.waiting.add(waiting);
        used.requests.onNext(LeaseKeepAliveRequest.newBuilder().setID(lease).build());
      }
      waiting.answer.whenComplete(
          (left, failure) -> {
            if (waiting.answer.isCancelled()) {
              used.end(Status.UNAVAILABLE.withDescription("an earlier renewal on the same stream was not answered"), true);
            }
          });
      return waiting.answer;
    }
  }

  private record Waiting(long lease, CompletableFuture<Optional<Duration>> answer) {}

  /** What etcd says on one stream, in the order of the requests. */
  private static final class Answers implements StreamObserver<LeaseKeepAliveResponse> {
    private final Line line;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private StreamObserver<LeaseKeepAliveRequest> requests;
    private boolean ended;

    Answers(Line line) {
      this.line = line;
    }

    @Override
    public void onNext(LeaseKeepAliveResponse response) {
      Waiting first;
      synchronized (line) {
        first = waiting.poll();
      }
      if (first == null || first.lease() != response.getID()) {
        if (first != null) {
          first.answer().completeExceptionally(Status.INTERNAL.withDescription("an answer for another lease").asRuntimeException());
        }
        end(Status.INTERNAL.withDescription("etcd answered for another lease than the one that was asked for"), true);
        return;
      }
      first.answer().complete(response.getTTL() <= 0 ? Optional.empty() : Optional.of(Duration.ofSeconds(response.getTTL())));
    }

    @Override
    public void onError(Throwable failure) {
      end(Status.fromThrowable(failure), false);
    }

    @Override
    public void onCompleted() {
      end(Status.UNAVAILABLE.withDescription("etcd has ended the stream of renewals"), false);
    }

    /** All that wait fail; the next renewal opens a new stream. */
    void end(Status why, boolean here) {
      Waiting[] left;
      synchronized (line) {
        if (ended) {
          return;
        }
        ended = true;
        left = waiting.toArray(Waiting[]::new);
        waiting.clear();
        if (here) {
          requests.onError(Status.CANCELLED.withDescription("given up").asRuntimeException());
        }
      }
      Arrays.stream(left).forEach(one -> one.answer().completeExceptionally(why.asRuntimeException()));
    }
  }
}
