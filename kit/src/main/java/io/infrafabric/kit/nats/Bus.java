package io.infrafabric.kit.nats;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;

/** Where messages go and come from. */
public interface Bus {
  /** True while there is a connection; a bus within the process has always one. */
  default boolean connected() {
    return true;
  }

  /** True while it passes messages on, as far as is known; a connection may be open to a server that hangs. */
  default boolean answers() {
    return connected();
  }

  /**
   * Sends a hint to whoever listens now.
   *
   * @return false when it was dropped, which is counted; that it was sent does not mean that anybody received it
   */
  boolean publish(String subject, Map<String, String> headers, byte[] body);

  /**
   * Appends a message to the stream of its subject; sent again with the same id within the stream's window it is kept
   * once. The future fails with a {@code RefusedException}: UNAVAILABLE (not sent), OVERLOADED (too many in flight) or
   * OUTCOME_UNKNOWN (no answer). It is completed on a thread of the client: go on elsewhere with anything slow.
   */
  CompletableFuture<Receipt> publishDurable(String subject, String messageId, Map<String, String> headers, byte[] body);

  /**
   * Receives what is sent to a subject (wildcards allowed) from now on, one message at a time on a thread of its own.
   * What does not fit into the queue is dropped and counted. A handler that throws is counted.
   */
  Subscription subscribe(String subject, Consumer<BusMessage> handler);

  /**
   * Receives the messages of a stream through a durable consumer, shared by all who name it. A message is acknowledged
   * when the handler's stage is done and given again, after a growing delay, when it fails. The handler is called on a
   * virtual thread, one message after the other; {@link ConsumerSpec#inFlight} stages may be open at once.
   */
  Subscription consume(ConsumerSpec spec, Function<BusMessage, CompletionStage<Void>> handler);

  /** A stream as a log. */
  StreamLog log(String stream);

  /**
   * The last message of a stream on one subject; empty when there is none. The future fails with a {@code
   * RefusedException}, UNAVAILABLE, and is completed on a virtual thread.
   */
  default CompletableFuture<Optional<BusMessage>> last(String stream, String subject) {
    return CompletableFuture.failedFuture(
        Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "this bus cannot look into stream " + stream).asException());
  }

  /** The object store of that name, made when it is first used. */
  default ObjectBucket bucket(String name) {
    throw Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "this bus has no object store " + name).asException();
  }

  /** The object store of that name, for bytes and files. */
  default Objects objects(String bucket) {
    return new Objects(bucket(bucket));
  }
}
