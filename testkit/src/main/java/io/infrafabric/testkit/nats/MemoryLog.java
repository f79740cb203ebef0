package io.infrafabric.testkit.nats;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.nats.BusMessage;
import io.infrafabric.kit.nats.StreamLog;
import io.infrafabric.kit.nats.Subscription;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** The log of a stream in memory. What is appended reaches each tail on a thread of its own. */
final class MemoryLog implements StreamLog {
  private final MemoryStream stream;
  private final BooleanSupplier away;
  private final List<Tail> tails = new CopyOnWriteArrayList<>();

  private record Tail(String pattern, Inbox inbox, Runnable onGap) {}

  MemoryLog(MemoryStream stream, BooleanSupplier away) {
    this.stream = stream;
    this.away = away;
  }

  @Override
  public Optional<BusMessage> next(String subject, long afterSequence) {
    there();
    return stream.next(subject, afterSequence);
  }

  @Override
  public Optional<BusMessage> at(long sequence) {
    there();
    return stream.at(sequence);
  }

  @Override
  public long last() {
    there();
    return stream.last();
  }

  private void there() {
    if (away.getAsBoolean()) {
      throw Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "stream " + stream.name() + " cannot be read").asException();
    }
  }

  @Override
  public Subscription tail(String subjects, Consumer<BusMessage> handler, Runnable onGap) {
    Inbox inbox = new Inbox();
    Tail tail = new Tail(subjects, inbox, onGap);
    tails.add(tail);
    Worker worker = Worker.start(inbox, handler);
    onGap.run();
    return () -> {
      tails.remove(tail);
      worker.close();
    };
  }

  void appended(BusMessage message) {
    tails.stream().filter(tail -> SubjectPattern.matches(tail.pattern(), message.subject())).forEach(tail -> tail.inbox().put(message, false));
  }

  /** Tells the tails that something may have passed by. */
  void gap() {
    tails.forEach(tail -> tail.onGap().run());
  }
}
