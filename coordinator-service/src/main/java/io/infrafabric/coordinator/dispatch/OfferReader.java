package io.infrafabric.coordinator.dispatch;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.WatchOffersResponse;
import io.infrafabric.kit.nats.BusMessage;
import io.infrafabric.kit.nats.StreamLog;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The offers of one swarm, each once and in order, at the pace of who reads them. What arrives waits in a short queue; who
 * reads too slowly for it, or begins, or was cut off, reads from the stream itself until the queue is ahead again, and is
 * told when the stream has let go of what followed the last place. Read by one thread.
 */
final class OfferReader implements AutoCloseable {
  /** As many as the stream keeps of a swarm: more would be gone from it too. */
  static final int WAITING = 64;

  private static final Logger log = LoggerFactory.getLogger(OfferReader.class);
  private static final JsonFormat.Parser JSON = JsonFormat.parser().ignoringUnknownFields();

  private final StreamLog stream;
  private final SwarmId swarm;
  private final String subject;
  private final Runnable onArrival;
  private final Consumer<OfferReader> onClose;
  private final Queue<BusMessage> queue = new ArrayDeque<>();
  private boolean behind = true;
  private boolean overrun;
  private long last;
  private boolean reading;

  OfferReader(StreamLog stream, SwarmId swarm, long after, Runnable onArrival, Consumer<OfferReader> onClose) {
    this.stream = stream;
    this.swarm = swarm;
    this.subject = Subjects.offer(swarm);
    this.last = after;
    this.onArrival = onArrival;
    this.onClose = onClose;
  }

  SwarmId swarm() {
    return swarm;
  }

  /** From the stream's tail. */
  void arrived(BusMessage message) {
    synchronized (queue) {
      if (queue.size() >= WAITING) {
        overrun = true;
        fallBehind();
      } else if (!behind) {
        queue.add(message);
      }
    }
    onArrival.run();
  }

  /** Something may have passed by. */
  void fallBehind() {
    synchronized (queue) {
      queue.clear();
      behind = true;
    }
    onArrival.run();
  }

  /**
   * What is to be told next, if anything.
   *
   * @throws io.infrafabric.error.RefusedException UNAVAILABLE: try again; nothing is lost by it
   */
  Optional<WatchOffersResponse> poll() {
    if (isBehind()) {
      Optional<WatchOffersResponse> missed = catchUp();
      if (missed.isPresent()) {
        return missed;
      }
    }
    while (true) {
      Optional<BusMessage> next = reading ? fromStream() : fromQueue();
      if (next.isEmpty()) {
        return Optional.empty();
      }
      last = next.get().sequence();
      Optional<Offer> offer = parse(next.get());
      if (offer.isPresent()) {
        return Optional.of(WatchOffersResponse.newBuilder().setOffer(offer.get()).setSequence(last).build());
      }
    }
  }

  private boolean isBehind() {
    synchronized (queue) {
      return behind;
    }
  }

  /** Begins to read from the stream; says so if what followed the last place is gone. */
  private Optional<WatchOffersResponse> catchUp() {
    boolean wasOverrun;
    synchronized (queue) {
      wasOverrun = overrun;
    }
    boolean missed = last > 0 ? !isKept() : wasOverrun;
    synchronized (queue) {
      // What arrives from here on is in the queue or, if it came between, in the stream: read until the two meet.
      behind = false;
      overrun = false;
    }
    reading = true;
    return missed ? Optional.of(WatchOffersResponse.newBuilder().setMissed(true).setSequence(last).build()) : Optional.empty();
  }

  private boolean isKept() {
    if (stream.last() < last) {
      last = 0; // the stream was made anew and counts from the beginning
      return false;
    }
    return stream.at(last).filter(message -> message.subject().equals(subject)).isPresent();
  }

  private Optional<BusMessage> fromStream() {
    Optional<BusMessage> next = stream.next(subject, last);
    if (next.isEmpty()) {
      reading = false;
      return fromQueue();
    }
    return next;
  }

  private Optional<BusMessage> fromQueue() {
    synchronized (queue) {
      BusMessage next = queue.poll();
      while (next != null && next.sequence() <= last) {
        next = queue.poll();
      }
      return Optional.ofNullable(next);
    }
  }

  private static Optional<Offer> parse(BusMessage message) {
    try {
      Offer.Builder offer = Offer.newBuilder();
      JSON.merge(new String(message.body(), StandardCharsets.UTF_8), offer);
      return Optional.of(offer.build());
    } catch (InvalidProtocolBufferException foreign) {
      log.atWarn().addKeyValue("subject", message.subject()).log("a message on a doorbell is no offer");
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    onClose.accept(this);
  }
}
