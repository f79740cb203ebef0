package io.infrafabric.kit.grpc;

import io.grpc.Status;
import java.util.List;

/**
 * Statuses that gRPC itself makes of a connection that broke under a call. Most are UNAVAILABLE; what breaks while a call is written is UNKNOWN,
 * and a stream that is reset or ends in the middle of a frame is INTERNAL (grpc-java's Utils.statusFromThrowable, GrpcUtil.Http2Error and
 * MessageDeframer). Our own services never send either of them without details.
 */
final class TransportStatus {
  /** What the texts of INTERNAL say when it is the stream that ended, and not a message that cannot be read. */
  private static final List<String> STREAM_ENDED =
      List.of("RST_STREAM", "Rst Stream", "HTTP/2 error code", "http2 exception", "end-of-stream", "unexpected EOS");

  private TransportStatus() {}

  /** Whether a status without details is of a broken connection though it does not say UNAVAILABLE. */
  static boolean isBroken(Status status) {
    return switch (status.getCode()) {
      case UNKNOWN -> true;
      case INTERNAL -> isStreamEnd(status.getDescription());
      default -> false;
    };
  }

  private static boolean isStreamEnd(String description) {
    return description != null && STREAM_ENDED.stream().anyMatch(description::contains);
  }
}
