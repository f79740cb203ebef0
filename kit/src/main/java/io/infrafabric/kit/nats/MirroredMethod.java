package io.infrafabric.kit.nats;

import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.infrafabric.kit.grpc.TokenSender;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A unary gRPC method that is called with messages of any kind. */
final class MirroredMethod {
  private final MethodDescriptor<Message, Message> method;
  private final Message request;

  private MirroredMethod(MethodDescriptor<Message, Message> method, Message request) {
    this.method = method;
    this.request = request;
  }

  @SuppressWarnings("unchecked")
  static MirroredMethod of(MethodDescriptor<?, ?> method) {
    var marshaller = (MethodDescriptor.PrototypeMarshaller<?>) method.getRequestMarshaller();
    return new MirroredMethod(
        (MethodDescriptor<Message, Message>) method, (Message) marshaller.getMessagePrototype());
  }

  /** {@code ClaimTask}. */
  String name() {
    return method.getBareMethodName();
  }

  /** {@code infrafabric.coordinator.v1.ClaimService/ClaimTask}. */
  String fullName() {
    return method.getFullMethodName();
  }

  /** An empty request, to read others with. */
  Message request() {
    return request;
  }

  /**
   * Calls it.
   *
   * @param authorization the header of whom it is called for
   */
  CompletableFuture<Message> call(Channel channel, Optional<String> authorization, Message body) {
    Channel asCaller = authorization.map(header -> ClientInterceptors.intercept(channel, TokenSender.passing(header))).orElse(channel);
    CompletableFuture<Message> answer = new CompletableFuture<>();
    ClientCalls.asyncUnaryCall(
        asCaller.newCall(method, CallOptions.DEFAULT),
        body,
        new StreamObserver<>() {
          @Override
          public void onNext(Message message) {
            answer.complete(message);
          }

          @Override
          public void onError(Throwable failure) {
            answer.completeExceptionally(failure);
          }

          @Override
          public void onCompleted() {
            // The answer came with onNext.
          }
        });
    return answer;
  }
}
