package io.infrafabric.scenarios;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.ErrorCatalog;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.names.Headers;
import io.infrafabric.names.Subjects;
import io.nats.client.Connection;
import io.nats.client.JetStreamStatusException;
import io.nats.client.Message;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * NATS request/reply with JSON under the stubs of gRPC, so that the same client can stand at either door. What a service says is
 * its word; a request that nobody listens to is UNAVAILABLE, one without an answer in {@link #PATIENCE} is OUTCOME_UNKNOWN.
 */
final class NatsChannel extends Channel {
  /** Longer than any service takes to answer, so that a time-out at the client can be told from an answer. */
  static final Duration PATIENCE = Duration.ofSeconds(6);

  private final Connection nats;

  NatsChannel(Connection nats) {
    this.nats = nats;
  }

  @Override
  public String authority() {
    return "nats";
  }

  @Override
  public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
    return new Call<>(method, options);
  }

  /** One request and its answer. */
  private final class Call<Q, R> extends ClientCall<Q, R> {
    private final MethodDescriptor<Q, R> method;
    private final CallOptions options;
    private Listener<R> listener;
    private Q request;

    Call(MethodDescriptor<Q, R> method, CallOptions options) {
      this.method = method;
      this.options = options;
    }

    @Override
    public void start(Listener<R> responses, Metadata headers) {
      listener = responses;
    }

    @Override
    public void sendMessage(Q message) {
      request = message;
    }

    @Override
    public void halfClose() {
      // infrafabric.coordinator.v1.ClaimService is mirrored as one of the service "coordinator".
      String subject = Subjects.rpc(method.getServiceName().split("\\.")[1], method.getBareMethodName());
      send(subject)
          .orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
          .whenCompleteAsync((message, failure) -> end(subject, message, failure), options.getExecutor());
    }

    private CompletableFuture<Message> send(String subject) {
      try {
        String json = JsonFormat.printer().print((com.google.protobuf.Message) request);
        return nats.requestWithTimeout(subject, json.getBytes(StandardCharsets.UTF_8), PATIENCE);
      } catch (InvalidProtocolBufferException | IllegalStateException notSent) {
        return CompletableFuture.failedFuture(notSent);
      }
    }

    private void end(String subject, Message message, Throwable failure) {
      try {
        R response = failure == null ? response(message) : failed(subject, failure);
        listener.onHeaders(new Metadata());
        listener.onMessage(response);
        listener.onClose(Status.OK, new Metadata());
      } catch (StatusRuntimeException status) {
        listener.onClose(status.getStatus(), status.getTrailers());
      }
    }

    @SuppressWarnings("unchecked")
    private R response(Message message) {
      String body = new String(message.getData(), StandardCharsets.UTF_8);
      if (message.hasHeaders() && message.getHeaders().containsKey(Headers.SERVICE_ERROR)) {
        throw Errors.toStatus(refusal(body));
      }
      var prototype = (com.google.protobuf.Message) ((MethodDescriptor.PrototypeMarshaller<R>) method.getResponseMarshaller()).getMessagePrototype();
      var builder = prototype.newBuilderForType();
      try {
        JsonFormat.parser().merge(body, builder);
        return (R) builder.build();
      } catch (InvalidProtocolBufferException malformed) {
        throw Errors.toStatus(Refusal.of(ErrorCode.ERROR_CODE_INTERNAL, "the answer cannot be read: " + body));
      }
    }

    @Override
    public void request(int messages) {
      // There is one.
    }

    @Override
    public void cancel(String message, Throwable cause) {
      // Nobody waits for the answer any more; it runs into its time-out.
    }
  }

  private static Refusal refusal(String body) {
    JsonObject error = JsonParser.parseString(body).getAsJsonObject().getAsJsonObject("error");
    return Refusal.of(ErrorCatalog.ofReason(error.get("code").getAsString()).orElseThrow(), error.get("message").getAsString());
  }

  private static <R> R failed(String subject, Throwable failure) {
    Throwable cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    throw Errors.toStatus(
        switch (cause) {
          case JetStreamStatusException nobody -> Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "nobody listens on " + subject);
          case IllegalStateException notSent -> Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "nothing was sent on " + subject);
          case TimeoutException late -> Refusal.of(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN, "no answer on " + subject + " in " + PATIENCE);
          default -> Refusal.of(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN, "the request on " + subject + " failed: " + cause);
        });
  }
}
