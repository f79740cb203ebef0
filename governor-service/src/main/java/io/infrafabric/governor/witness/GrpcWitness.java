package io.infrafabric.governor.witness;

import io.grpc.stub.StreamObserver;
import io.infrafabric.governor.v1.ExportRequest;
import io.infrafabric.governor.v1.ExportResponse;
import io.infrafabric.governor.v1.GetCheckpointRequest;
import io.infrafabric.governor.v1.GetCheckpointResponse;
import io.infrafabric.governor.v1.ProveConsistencyRequest;
import io.infrafabric.governor.v1.ProveConsistencyResponse;
import io.infrafabric.governor.v1.ProveInclusionRequest;
import io.infrafabric.governor.v1.ProveInclusionResponse;
import io.infrafabric.governor.v1.QueryRequest;
import io.infrafabric.governor.v1.QueryResponse;
import io.infrafabric.governor.v1.TraceRequest;
import io.infrafabric.governor.v1.TraceResponse;
import io.infrafabric.governor.v1.WitnessServiceGrpc;
import io.infrafabric.kit.grpc.Replies;

/** WitnessService on gRPC. */
public final class GrpcWitness extends WitnessServiceGrpc.WitnessServiceImplBase {
  private final WitnessQueries queries;

  public GrpcWitness(WitnessQueries queries) {
    this.queries = queries;
  }

  @Override
  public void query(QueryRequest request, StreamObserver<QueryResponse> observer) {
    Replies.reply(observer, () -> queries.query(request));
  }

  @Override
  public void trace(TraceRequest request, StreamObserver<TraceResponse> observer) {
    Replies.reply(observer, () -> queries.trace(request));
  }

  @Override
  public void getCheckpoint(GetCheckpointRequest request, StreamObserver<GetCheckpointResponse> observer) {
    Replies.reply(observer, queries::checkpoint);
  }

  @Override
  public void proveInclusion(ProveInclusionRequest request, StreamObserver<ProveInclusionResponse> observer) {
    Replies.reply(observer, () -> queries.inclusion(request));
  }

  @Override
  public void proveConsistency(ProveConsistencyRequest request, StreamObserver<ProveConsistencyResponse> observer) {
    Replies.reply(observer, () -> queries.consistency(request));
  }

  @Override
  public void export(ExportRequest request, StreamObserver<ExportResponse> observer) {
    Replies.reply(observer, () -> queries.export(request));
  }
}
