package io.infrafabric.governor.match;

import io.grpc.stub.StreamObserver;
import io.infrafabric.governor.v1.ExplainMatchRequest;
import io.infrafabric.governor.v1.ExplainMatchResponse;
import io.infrafabric.governor.v1.MatchServiceGrpc;
import io.infrafabric.governor.v1.RankSwarmsRequest;
import io.infrafabric.governor.v1.RankSwarmsResponse;
import io.infrafabric.kit.grpc.Replies;

/** MatchService on gRPC. */
public final class GrpcMatches extends MatchServiceGrpc.MatchServiceImplBase {
  private final Matches matches;

  public GrpcMatches(Matches matches) {
    this.matches = matches;
  }

  @Override
  public void explainMatch(ExplainMatchRequest request, StreamObserver<ExplainMatchResponse> observer) {
    Replies.reply(observer, matches.explain(request));
  }

  @Override
  public void rankSwarms(RankSwarmsRequest request, StreamObserver<RankSwarmsResponse> observer) {
    Replies.reply(observer, matches.rank(request));
  }
}
