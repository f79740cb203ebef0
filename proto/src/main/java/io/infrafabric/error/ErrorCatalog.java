package io.infrafabric.error;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ErrorTraits;
import io.infrafabric.common.v1.ErrorsProto;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** Reads what errors.proto says of each code. */
public final class ErrorCatalog {
  /** The domain of every {@code google.rpc.ErrorInfo} of the fabric. */
  public static final String DOMAIN = "infrafabric.io";

  private static final String PREFIX = "ERROR_CODE_";
  private static final Map<ErrorCode, ErrorTraits> TRAITS = new EnumMap<>(ErrorCode.class);

  static {
    for (ErrorCode code : ErrorCode.values()) {
      if (code != ErrorCode.UNRECOGNIZED) {
        TRAITS.put(code, code.getValueDescriptor().getOptions().getExtension(ErrorsProto.traits));
      }
    }
  }

  private ErrorCatalog() {}

  /** What a code means; a code of a newer version means what INTERNAL means. */
  public static ErrorTraits traits(ErrorCode code) {
    ErrorTraits traits = TRAITS.get(code);
    return traits == null ? TRAITS.get(ErrorCode.ERROR_CODE_INTERNAL) : traits;
  }

  /** The code without its prefix: {@code STALE_FENCE}. */
  public static String reason(ErrorCode code) {
    return code.name().substring(code == ErrorCode.UNRECOGNIZED ? 0 : PREFIX.length());
  }

  /** The code of a reason, if this version knows it. */
  public static Optional<ErrorCode> ofReason(String reason) {
    try {
      return Optional.of(ErrorCode.valueOf(PREFIX + reason));
    } catch (IllegalArgumentException unknown) {
      return Optional.empty();
    }
  }
}
