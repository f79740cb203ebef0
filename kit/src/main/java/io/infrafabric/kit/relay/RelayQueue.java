package io.infrafabric.kit.relay;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What is to be published, in order, and what of it is under way. At most {@code window} messages are unacknowledged; a
 * message that failed goes first when there is room again. Knows up to which revision everything is acknowledged.
 */
final class RelayQueue {
  private final int window;
  private final ArrayDeque<Work> waiting = new ArrayDeque<>();
  private final ArrayDeque<Item> unacknowledged = new ArrayDeque<>();
  private final ArrayDeque<Parcel> again = new ArrayDeque<>();
  private Iterator<Work> snapshot = Collections.emptyIterator();
  private Iterator<Parcel> parcels = Collections.emptyIterator();
  private int underWay;
  private long published;

  /**
   * Something to publish.
   *
   * @param revision up to which everything is published when this and all before it is; 0 says nothing
   */
  record Work(long revision, long sinceNanos, Supplier<List<OutboundMessage>> messages) {}

  /** One message of a piece of work. */
  record Parcel(Item item, OutboundMessage message) {}

  /** A piece of work with messages that are not acknowledged. */
  static final class Item {
    private final long revision;
    private final long sinceNanos;
    private int open;

    private Item(Work work, int open) {
      this.revision = work.revision();
      this.sinceNanos = work.sinceNanos();
      this.open = open;
    }
  }

  RelayQueue(int window) {
    this.window = window;
  }

  /** Everything up to this revision needs no publishing, or has been added as a snapshot. */
  void startAfter(long revision) {
    if (isEmpty()) {
      published = Math.max(published, revision);
    }
  }

  void add(Work work) {
    waiting.add(work);
  }

  /** Publishes a snapshot before all that waits; its end carries its revision. */
  void addSnapshot(Stream<Work> entries, Work end) {
    snapshot = Stream.concat(entries, Stream.of(end)).iterator();
  }

  /** The next message to send; it is under way then. */
  Optional<Parcel> next() {
    if (underWay >= window) {
      return Optional.empty();
    }
    Parcel parcel = again.poll();
    while (parcel == null) {
      if (parcels.hasNext()) {
        parcel = parcels.next();
      } else {
        Work work = snapshot.hasNext() ? snapshot.next() : waiting.poll();
        if (work == null) {
          return Optional.empty();
        }
        unpack(work);
      }
    }
    underWay++;
    return Optional.of(parcel);
  }

  private void unpack(Work work) {
    List<OutboundMessage> messages = work.messages().get();
    Item item = new Item(work, messages.size());
    unacknowledged.add(item);
    parcels = messages.stream().map(message -> new Parcel(item, message)).iterator();
    settle();
  }

  void acknowledged(Parcel parcel) {
    underWay--;
    parcel.item().open--;
    settle();
  }

  void failed(Parcel parcel) {
    underWay--;
    again.add(parcel);
  }

  /** Items in order, as far as they are acknowledged; changes of one revision count together. */
  private void settle() {
    while (!unacknowledged.isEmpty() && unacknowledged.getFirst().open == 0) {
      long revision = unacknowledged.removeFirst().revision;
      if (revision != 0 && revision != nextRevision()) {
        published = Math.max(published, revision);
      }
    }
  }

  private long nextRevision() {
    if (!unacknowledged.isEmpty()) {
      return unacknowledged.getFirst().revision;
    }
    return snapshot.hasNext() || waiting.isEmpty() ? 0 : waiting.getFirst().revision();
  }

  /** Forgets what has not been sent; what is under way or failed stays. */
  void dropUnsent() {
    waiting.clear();
    snapshot = Collections.emptyIterator();
  }

  /** Everything up to this revision is acknowledged. */
  long published() {
    return published;
  }

  /** Changes that wait. */
  int waiting() {
    return waiting.size();
  }

  /** Something is to be sent as soon as there is room. */
  boolean hasUnsent() {
    return !waiting.isEmpty() || snapshot.hasNext() || parcels.hasNext() || !again.isEmpty();
  }

  /** Nothing waits and nothing is under way. */
  boolean isEmpty() {
    return !hasUnsent() && underWay == 0;
  }

  /** When the oldest piece of work that is not acknowledged came in. */
  Optional<Long> oldestNanos() {
    Item first = unacknowledged.peek();
    if (first != null) {
      return Optional.of(first.sinceNanos);
    }
    return Optional.ofNullable(waiting.peek()).map(Work::sinceNanos);
  }
}
