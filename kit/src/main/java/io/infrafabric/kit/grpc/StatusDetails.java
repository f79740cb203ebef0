package io.infrafabric.kit.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.Durations;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.QuotaFailure;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ErrorType;
import io.infrafabric.error.ErrorCatalog;
import io.infrafabric.error.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A refusal as {@code google.rpc.Status} (google.rpc error model, AIP-193). Trailers share the 8 KiB of metadata, where
 * the message stands twice and details grow by a third (base64), so texts are cut.
 */
final class StatusDetails {
  private static final int MESSAGE_CHARACTERS = 400;
  private static final int VALUE_CHARACTERS = 200;
  private static final int DETAILS_BYTES = 3 * 1024;
  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  private StatusDetails() {}

  static StatusRuntimeException encode(Refusal refusal) {
    com.google.rpc.Status.Builder status =
        com.google.rpc.Status.newBuilder()
            .setCode(refusal.traits().getGrpcStatus())
            .setMessage(cut(refusal.message(), MESSAGE_CHARACTERS));
    ErrorInfo.Builder info =
        ErrorInfo.newBuilder().setReason(refusal.reason()).setDomain(ErrorCatalog.DOMAIN);
    status.addDetails(Any.pack(info.build()));
    refusal.retryAfter().ifPresent(delay -> status.addDetails(Any.pack(retryInfo(delay))));
    failure(refusal).ifPresent(detail -> status.addDetails(Any.pack(detail)));
    addFields(refusal, status);
    addMetadata(refusal, info, status);
    return StatusProto.toStatusRuntimeException(status.build());
  }

  /** The refusal that the details hold; empty when they are not ours. A code of a newer version is INTERNAL here. */
  static Optional<Refusal> decode(Status status, Metadata trailers) {
    if (trailers == null || !trailers.containsKey(DETAILS)) {
      return Optional.empty();
    }
    try {
      return read(com.google.rpc.Status.parseFrom(trailers.get(DETAILS)));
    } catch (InvalidProtocolBufferException notOurs) {
      return Optional.empty();
    }
  }

  private static Optional<Refusal> read(com.google.rpc.Status status) throws InvalidProtocolBufferException {
    Optional<ErrorCode> code = Optional.empty();
    Map<String, String> metadata = new TreeMap<>();
    List<Refusal.Field> fields = new ArrayList<>();
    Optional<Duration> retryAfter = Optional.empty();
    for (Any detail : status.getDetailsList()) {
      if (detail.is(ErrorInfo.class) && detail.unpack(ErrorInfo.class).getDomain().equals(ErrorCatalog.DOMAIN)) {
        ErrorInfo info = detail.unpack(ErrorInfo.class);
        code = ErrorCatalog.ofReason(info.getReason()).or(() -> Optional.of(ErrorCode.ERROR_CODE_INTERNAL));
        metadata.putAll(info.getMetadataMap());
        if (code.get() == ErrorCode.ERROR_CODE_INTERNAL && !info.getReason().equals("INTERNAL")) {
          metadata.put("reason", info.getReason());
        }
      } else if (detail.is(RetryInfo.class)) {
        retryAfter =
            Optional.of(Duration.ofNanos(Durations.toNanos(detail.unpack(RetryInfo.class).getRetryDelay())));
      } else if (detail.is(BadRequest.class)) {
        detail.unpack(BadRequest.class).getFieldViolationsList()
            .forEach(wrong -> fields.add(new Refusal.Field(wrong.getField(), wrong.getDescription())));
      }
    }
    Optional<Duration> after = retryAfter;
    return code.map(known -> new Refusal(known, status.getMessage(), metadata, fields, after));
  }

  private static RetryInfo retryInfo(Duration delay) {
    return RetryInfo.newBuilder().setRetryDelay(Durations.fromNanos(delay.toNanos())).build();
  }

  /** What is not enough: as a quota where more of it may come by waiting, else as a precondition. */
  private static Optional<Message> failure(Refusal refusal) {
    if (refusal.traits().getType() != ErrorType.ERROR_TYPE_INSUFFICIENT) {
      return Optional.empty();
    }
    String subject = cut(refusal.metadata().getOrDefault("swarm", ""), VALUE_CHARACTERS);
    String description = cut(refusal.message(), VALUE_CHARACTERS);
    if (refusal.traits().getGrpcStatus() == Status.Code.RESOURCE_EXHAUSTED.value()) {
      return Optional.of(
          QuotaFailure.newBuilder()
              .addViolations(QuotaFailure.Violation.newBuilder().setSubject(subject).setDescription(description))
              .build());
    }
    return Optional.of(
        PreconditionFailure.newBuilder()
            .addViolations(
                PreconditionFailure.Violation.newBuilder()
                    .setType(refusal.reason())
                    .setSubject(subject)
                    .setDescription(description))
            .build());
  }

  private static void addFields(Refusal refusal, com.google.rpc.Status.Builder status) {
    BadRequest.Builder wrong = BadRequest.newBuilder();
    int room = DETAILS_BYTES - status.build().getSerializedSize();
    for (Refusal.Field field : refusal.fields()) {
      BadRequest.FieldViolation violation =
          BadRequest.FieldViolation.newBuilder()
              .setField(cut(field.path(), VALUE_CHARACTERS))
              .setDescription(cut(field.description(), VALUE_CHARACTERS))
              .build();
      room -= violation.getSerializedSize();
      if (room < 0) {
        break;
      }
      wrong.addFieldViolations(violation);
    }
    if (wrong.getFieldViolationsCount() > 0) {
      status.addDetails(Any.pack(wrong.build()));
    }
  }

  private static void addMetadata(Refusal refusal, ErrorInfo.Builder info, com.google.rpc.Status.Builder status) {
    int room = DETAILS_BYTES - status.build().getSerializedSize();
    for (Map.Entry<String, String> entry : refusal.metadata().entrySet()) {
      String value = cut(entry.getValue(), VALUE_CHARACTERS);
      room -= 3 * (entry.getKey().length() + value.length()) + 8;
      if (room > 0) {
        info.putMetadata(entry.getKey(), value);
      }
    }
    status.setDetails(0, Any.pack(info.build()));
  }

  private static String cut(String text, int characters) {
    return text.length() <= characters ? text : text.substring(0, characters - 3) + "...";
  }
}
