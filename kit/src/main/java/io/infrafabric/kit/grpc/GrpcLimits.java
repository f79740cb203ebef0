package io.infrafabric.kit.grpc;

import io.infrafabric.kit.config.Default;
import io.infrafabric.kit.config.Doc;
import java.time.Duration;

/** The limits of a gRPC server. May stand as a component in a record of settings. */
public record GrpcLimits(
    @Default("1048576") @Doc("Largest request in bytes.") int messageBytes,
    @Default("8192") @Doc("Largest metadata of a request in bytes.") int metadataBytes,
    @Default("1024") @Doc("Calls at once on one connection.") int callsPerConnection,
    @Default("10s") @Doc("Deadline of a unary call whose client set none.") Duration deadline,
    @Default("10s") @Doc("Shortest interval at which a client may ping.") Duration keepAlivePermit,
    @Default("30s") @Doc("How long calls may go on after the server was told to stop.") Duration drain) {

  /** The limits of wire.md. */
  public static GrpcLimits defaults() {
    return new GrpcLimits(
        1 << 20, 8 * 1024, 1024, Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ofSeconds(30));
  }

  /** The same with another drain time. */
  public GrpcLimits withDrain(Duration other) {
    return new GrpcLimits(messageBytes, metadataBytes, callsPerConnection, deadline, keepAlivePermit, other);
  }

  /** The same with another deadline. */
  public GrpcLimits withDeadline(Duration other) {
    return new GrpcLimits(messageBytes, metadataBytes, callsPerConnection, other, keepAlivePermit, drain);
  }
}
