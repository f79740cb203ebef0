package io.infrafabric.kit.nats;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.MessageInfo;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The log of a JetStream stream. */
final class NatsStreamLog implements StreamLog {
  /** JetStream's own code for a place or subject without a message. */
  private static final int NO_MESSAGE = 10037;

  private final String stream;
  private final Supplier<Connection> connection;
  private final BiFunction<Consumer<BusMessage>, TailSpec, Subscription> tails;

  /** What a tail follows, and whom it tells of gaps. */
  record TailSpec(String stream, String subjects, Runnable onGap) {}

  NatsStreamLog(String stream, Supplier<Connection> connection, BiFunction<Consumer<BusMessage>, TailSpec, Subscription> tails) {
    this.stream = stream;
    this.connection = connection;
    this.tails = tails;
  }

  @Override
  public Optional<BusMessage> next(String subject, long afterSequence) {
    return message(management -> management.getNextMessage(stream, afterSequence + 1, subject));
  }

  @Override
  public Optional<BusMessage> at(long sequence) {
    return message(management -> management.getMessage(stream, sequence));
  }

  @Override
  public long last() {
    try {
      return connection.get().jetStreamManagement().getStreamInfo(stream).getStreamState().getLastSequence();
    } catch (IOException | JetStreamApiException failure) {
      throw unreadable(failure);
    }
  }

  @Override
  public Subscription tail(String subjects, Consumer<BusMessage> handler, Runnable onGap) {
    return tails.apply(handler, new TailSpec(stream, subjects, onGap));
  }

  @FunctionalInterface
  private interface Get {
    MessageInfo from(JetStreamManagement management) throws IOException, JetStreamApiException;
  }

  private Optional<BusMessage> message(Get get) {
    try {
      return Optional.of(read(get.from(connection.get().jetStreamManagement())));
    } catch (JetStreamApiException failure) {
      if (failure.getApiErrorCode() == NO_MESSAGE) {
        return Optional.empty();
      }
      throw unreadable(failure);
    } catch (IOException failure) {
      throw unreadable(failure);
    }
  }

  private static BusMessage read(MessageInfo found) {
    byte[] body = found.getData() == null ? new byte[0] : found.getData();
    return new BusMessage(found.getSubject(), Messages.headers(found.getHeaders()), body, 1, found.getSeq(), Optional.empty());
  }

  private RefusedException unreadable(Exception failure) {
    return Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "stream " + stream + " cannot be read: " + failure.getMessage())
        .retryAfter(Duration.ofSeconds(1))
        .asException();
  }
}
