package io.infrafabric.kit.grpc;

import io.grpc.ServerInterceptor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;

/** The interceptors of every server, outermost first. */
final class ServerChain {
  private ServerChain() {}

  static List<ServerInterceptor> of(
      GrpcLimits limits, ScheduledExecutorService timer, OpenStreams streams, CallMeter meter, List<ServerInterceptor> own) {
    List<ServerInterceptor> chain = new ArrayList<>();
    chain.add(new TraceServerInterceptor());
    chain.add(new CallGuard(limits.deadline(), timer, streams, meter));
    chain.addAll(own);
    return chain;
  }
}
