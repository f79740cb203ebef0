package io.infrafabric.coordinator.dispatch;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.MoreExecutors;
import io.grpc.Channel;
import io.infrafabric.governor.v1.Candidate;
import io.infrafabric.governor.v1.MatchServiceGrpc;
import io.infrafabric.governor.v1.RankSwarmsRequest;
import io.infrafabric.governor.v1.RankSwarmsResponse;
import io.infrafabric.coordinator.task.Requirement;
import io.infrafabric.names.SwarmId;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Asks the governor over gRPC. */
public final class GrpcRanking implements Ranking {
  private static final long DEADLINE_MILLIS = 1_000;

  private final MatchServiceGrpc.MatchServiceFutureStub governor;
  private final boolean forDispatch;

  /**
   * @param forDispatch whether it hands work out, of which newcomers get a share
   */
  public GrpcRanking(Channel channel, boolean forDispatch) {
    this.governor = MatchServiceGrpc.newFutureStub(channel);
    this.forDispatch = forDispatch;
  }

  @Override
  public CompletableFuture<List<SwarmId>> rank(Requirement requirement) {
    RankSwarmsRequest request =
        RankSwarmsRequest.newBuilder()
            .addAllRequiredCapabilities(requirement.capabilities())
            .setMaxCostMicros(requirement.maxCostMicros())
            .setMinReputationMillis(requirement.minReputationMillis())
            .addAllExcludeSwarmIds(requirement.excluded())
            .putAllMinSkills(requirement.minSkills())
            .setTaskClass(requirement.taskClass())
            .setHelpsSwarmId(requirement.helps())
            .setForDispatch(forDispatch)
            .setLimit(MOST)
            .build();
    CompletableFuture<List<SwarmId>> ranked = new CompletableFuture<>();
    Futures.addCallback(
        governor.withDeadlineAfter(DEADLINE_MILLIS, TimeUnit.MILLISECONDS).rankSwarms(request),
        new FutureCallback<RankSwarmsResponse>() {
          @Override
          public void onSuccess(RankSwarmsResponse response) {
            ranked.complete(response.getCandidatesList().stream().map(Candidate::getSwarmId).map(SwarmId::new).toList());
          }

          @Override
          public void onFailure(Throwable failure) {
            ranked.completeExceptionally(failure);
          }
        },
        MoreExecutors.directExecutor());
    return ranked;
  }
}
