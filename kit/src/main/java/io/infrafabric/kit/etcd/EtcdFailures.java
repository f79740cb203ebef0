package io.infrafabric.kit.etcd;

import io.etcd.jetcd.common.exception.EtcdException;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import java.net.ConnectException;
import java.util.concurrent.TimeoutException;

/** What a failed call means. jetcd throws its own exception in some places and gRPC's in others. */
final class EtcdFailures {
  private EtcdFailures() {}

  /** The status etcd or gRPC gave; UNKNOWN without one. */
  static Status.Code code(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      switch (cause) {
        case StatusRuntimeException status -> {
          return status.getStatus().getCode();
        }
        case StatusException status -> {
          return status.getStatus().getCode();
        }
        case EtcdException etcd -> {
          return Status.Code.valueOf(etcd.getErrorCode().name());
        }
        default -> {}
      }
    }
    return Status.Code.UNKNOWN;
  }

  /** True when it looks as if nobody were there. */
  static boolean isAway(Throwable failure) {
    return failure instanceof TimeoutException
        || switch (code(failure)) {
          case UNAVAILABLE, DEADLINE_EXCEEDED -> true;
          default -> false;
        };
  }

  /** True when the connection was refused, so that nothing can have been done. */
  static boolean neverSent(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConnectException) {
        return true;
      }
    }
    return code(failure) == Status.Code.RESOURCE_EXHAUSTED; // no space, too many requests: checked before anything is written
  }

  /** True when etcd looked at the request and will never take it. */
  static boolean isInvalid(Throwable failure) {
    return switch (code(failure)) {
      case INVALID_ARGUMENT, NOT_FOUND, FAILED_PRECONDITION, OUT_OF_RANGE -> true;
      default -> false;
    };
  }

  static boolean leaseIsGone(Throwable failure) {
    return code(failure) == Status.Code.NOT_FOUND;
  }
}
