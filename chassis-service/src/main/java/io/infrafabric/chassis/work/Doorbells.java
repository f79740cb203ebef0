package io.infrafabric.chassis.work;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.Withdrawal;
import io.infrafabric.kit.nats.BusMessage;
import io.infrafabric.names.Headers;
import io.infrafabric.names.Ids;
import io.infrafabric.names.TaskId;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** The hints that wait for a worker. What does not fit is dropped: the worker that is next looks for itself anyway. */
final class Doorbells {
  private static final int WAITING = 256;

  /** A reason to look for work. */
  sealed interface Hint {
    /** This task is offered. */
    record Offered(TaskId task) implements Hint {}

    /** There may be something. */
    record Look() implements Hint {}

    /** There is no more work. */
    record Stop() implements Hint {}
  }

  private final BlockingQueue<Hint> hints = new ArrayBlockingQueue<>(WAITING);
  private final AtomicLong dropped = new AtomicLong();
  private final Consumer<Withdrawal> withdrawn;
  private volatile boolean stopped;

  /**
   * @param withdrawn hears of claims that have ended without their holder
   */
  Doorbells(Consumer<Withdrawal> withdrawn) {
    this.withdrawn = withdrawn;
  }

  /** Waits for the next hint. */
  Hint take() throws InterruptedException {
    Hint hint = stopped ? new Hint.Stop() : hints.take();
    return stopped ? stop() : hint;
  }

  /** Tells every worker to stop, each when it comes for its next hint. */
  Hint stop() {
    stopped = true;
    hints.clear();
    hints.offer(new Hint.Stop());
    return new Hint.Stop();
  }

  /** True once workers were told to stop. */
  boolean stopped() {
    return stopped;
  }

  /** Makes one worker look, unless one is about to. */
  void look() {
    if (hints.isEmpty()) {
      hints.offer(new Hint.Look());
    }
  }

  /** Takes an offer or a withdrawal from the bus; that a parked claim goes on is no offer; anything else is dropped and counted. */
  void ring(BusMessage message) {
    Optional<Offer> offer = offer(message);
    if (offer.isPresent() && offer.get().hasWithdrawal()) {
      withdrawn.accept(offer.get().getWithdrawal());
    } else if (offer.filter(Offer::hasResumption).isPresent()) {
      return; // there is nothing to claim
    } else if (!offer.filter(any -> Ids.isId(any.getTaskId())).map(any -> hints.offer(new Hint.Offered(new TaskId(any.getTaskId())))).orElse(false)) {
      dropped.incrementAndGet();
    }
  }

  /** Offers that nobody will look at. */
  long dropped() {
    return dropped.get();
  }

  private static Optional<Offer> offer(BusMessage message) {
    try {
      return Optional.of(parse(message));
    } catch (InvalidProtocolBufferException malformed) {
      return Optional.empty();
    }
  }

  private static Offer parse(BusMessage message) throws InvalidProtocolBufferException {
    if (Headers.PROTOBUF.equals(message.headers().get(Headers.CONTENT_TYPE))) {
      return Offer.parseFrom(message.body());
    }
    Offer.Builder offer = Offer.newBuilder();
    JsonFormat.parser().ignoringUnknownFields().merge(new String(message.body(), StandardCharsets.UTF_8), offer);
    return offer.build();
  }
}
