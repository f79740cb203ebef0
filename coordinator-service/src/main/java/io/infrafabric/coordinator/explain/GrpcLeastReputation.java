package io.infrafabric.coordinator.explain;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.MoreExecutors;
import io.grpc.Channel;
import io.infrafabric.governor.v1.MatchServiceGrpc;
import io.infrafabric.governor.v1.RankSwarmsRequest;
import io.infrafabric.governor.v1.RankSwarmsResponse;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Asks the governor over gRPC, and again after a while: the setting is one of a process that may be replaced. */
public final class GrpcLeastReputation implements LeastReputation {
  private static final Duration FRESH = Duration.ofSeconds(10);
  private static final long DEADLINE_MILLIS = 500;

  private final MatchServiceGrpc.MatchServiceFutureStub governor;
  private final LongSupplier nanos;
  private volatile Heard heard;

  private record Heard(int millis, long until) {}

  /**
   * @param nanos a clock such as {@link System#nanoTime}
   */
  public GrpcLeastReputation(Channel channel, LongSupplier nanos) {
    this.governor = MatchServiceGrpc.newFutureStub(channel);
    this.nanos = nanos;
  }

  @Override
  public CompletableFuture<OptionalInt> millis() {
    Heard last = heard;
    if (last != null && last.until() - nanos.getAsLong() > 0) {
      return CompletableFuture.completedFuture(OptionalInt.of(last.millis()));
    }
    CompletableFuture<OptionalInt> answer = new CompletableFuture<>();
    Futures.addCallback(
        governor.withDeadlineAfter(DEADLINE_MILLIS, TimeUnit.MILLISECONDS).rankSwarms(RankSwarmsRequest.newBuilder().setLimit(1).build()),
        new FutureCallback<RankSwarmsResponse>() {
          @Override
          public void onSuccess(RankSwarmsResponse response) {
            heard = new Heard(response.getMinReputationMillis(), nanos.getAsLong() + FRESH.toNanos());
            answer.complete(OptionalInt.of(response.getMinReputationMillis()));
          }

          @Override
          public void onFailure(Throwable away) {
            answer.complete(OptionalInt.empty());
          }
        },
        MoreExecutors.directExecutor());
    return answer;
  }
}
