package io.infrafabric.testkit.nats;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.nats.BusMessage;
import io.infrafabric.kit.nats.ConsumerSpec;
import io.infrafabric.kit.nats.ObjectBucket;
import io.infrafabric.kit.nats.Receipt;
import io.infrafabric.kit.nats.StreamLog;
import io.infrafabric.kit.nats.Subscription;
import io.infrafabric.names.Headers;
import io.infrafabric.names.Subjects;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * NATS with JetStream in memory: subjects with wildcards, streams that keep everything and know message ids, durable
 * consumers that share their messages and get a failed one again. Receivers run on threads of their own. Faults follow the
 * seed as long as one thread sends.
 */
public final class MemoryBus implements Bus, AutoCloseable {
  private final Random random;
  private final List<MemoryStream> streams = new CopyOnWriteArrayList<>();
  private final List<Receiver> receivers = new CopyOnWriteArrayList<>();
  private final Map<String, MemoryConsumer> consumers = new HashMap<>();
  private final Map<String, MemoryLog> logs = new ConcurrentHashMap<>();
  private final List<BusMessage> sent = new CopyOnWriteArrayList<>();
  private final Map<String, ObjectBucket> buckets = new ConcurrentHashMap<>();
  private volatile BusFaults faults = BusFaults.NONE;
  private volatile boolean away;
  private volatile InstantSource clock = InstantSource.system();

  private record Receiver(String pattern, Inbox inbox) {}

  /** A bus with the fabric's streams. */
  public MemoryBus() {
    this(1);
  }

  /** A bus with the fabric's streams; print the seed with a failure. */
  public MemoryBus(long seed) {
    random = new Random(seed);
    addStream(Subjects.OFFERS_STREAM, Subjects.OFFERS);
    addStream(Subjects.TASKS_STREAM, Subjects.TASKS);
    addStream(Subjects.EVENTS_STREAM, Subjects.EVENTS);
    addStream(Subjects.ARCHIVE_STREAM, Subjects.ARCHIVE);
    addStream(Subjects.DECISIONS_STREAM, Subjects.DECISIONS);
    addStream(Subjects.VIOLATIONS_STREAM, Subjects.VIOLATIONS);
  }

  /** One more stream. */
  public void addStream(String name, String... subjects) {
    streams.add(new MemoryStream(name, List.of(subjects)));
  }

  /** From now on this goes wrong. */
  public void set(BusFaults next) {
    faults = next;
  }

  @Override
  public boolean connected() {
    return !away;
  }

  /** The server is not there: nothing can be sent. */
  public void goAway() {
    away = true;
  }

  /** The server is there again, with its streams. */
  public void comeBack() {
    away = false;
  }

  /** What was sent to subjects of the pattern and accepted, duplicates of a stream left out, in order. */
  public List<BusMessage> sent(String pattern) {
    return sent.stream().filter(message -> SubjectPattern.matches(pattern, message.subject())).toList();
  }

  @Override
  public boolean publish(String subject, Map<String, String> headers, byte[] body) {
    if (away) {
      return false;
    }
    BusMessage message = BusMessage.of(subject, headers, body);
    sent.add(message);
    // What is sent without waiting is kept by a stream of its subject all the same.
    streams.stream().filter(stream -> stream.takes(subject)).forEach(stream -> give(stream, stream.append("", message)));
    deliver(message);
    return true;
  }

  @Override
  public CompletableFuture<Receipt> publishDurable(
      String subject, String messageId, Map<String, String> headers, byte[] body) {
    var stream = streams.stream().filter(found -> found.takes(subject)).findFirst();
    if (away || stream.isEmpty()) {
      return failed(ErrorCode.ERROR_CODE_UNAVAILABLE, "no stream answers for " + subject);
    }
    Map<String, String> all = new HashMap<>(headers);
    all.put(Headers.MESSAGE_ID, messageId);
    BusMessage message = BusMessage.of(subject, all, body);
    MemoryStream.Appended appended = stream.get().append(messageId, message);
    if (!appended.duplicate()) {
      sent.add(message);
      give(stream.get(), appended);
      deliver(message);
    }
    if (happens(faults.unanswered())) {
      return failed(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN, "no answer of the stream");
    }
    return CompletableFuture.completedFuture(
        new Receipt(stream.get().name(), appended.message().sequence(), appended.duplicate()));
  }

  @Override
  public CompletableFuture<Optional<BusMessage>> last(String stream, String subject) {
    if (away) {
      return CompletableFuture.failedFuture(Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "NATS is away").asException());
    }
    return CompletableFuture.completedFuture(
        streams.stream()
            .filter(found -> found.name().equals(stream))
            .flatMap(found -> found.messages().stream())
            .filter(message -> message.subject().equals(subject))
            .reduce((before, after) -> after));
  }

  private static CompletableFuture<Receipt> failed(ErrorCode code, String why) {
    return CompletableFuture.failedFuture(Refusal.of(code, why).asException());
  }

  private void deliver(BusMessage message) {
    for (Receiver receiver : receivers) {
      if (SubjectPattern.matches(receiver.pattern(), message.subject())) {
        put(receiver.inbox(), message);
      }
    }
  }

  private void give(MemoryStream stream, MemoryStream.Appended appended) {
    logOf(stream.name()).appended(appended.message());
    for (MemoryConsumer consumer : consumersOf(stream.name())) {
      if (consumer.takes(appended.message().subject())) {
        put(consumer.inbox(), appended.message());
      }
    }
  }

  private synchronized List<MemoryConsumer> consumersOf(String stream) {
    return consumers.values().stream().filter(consumer -> consumer.stream().equals(stream)).toList();
  }

  private void put(Inbox inbox, BusMessage message) {
    if (happens(faults.dropped())) {
      return;
    }
    inbox.put(message, happens(faults.reordered()));
    if (happens(faults.duplicated())) {
      inbox.put(message, false);
    }
  }

  private synchronized boolean happens(double share) {
    return share > 0 && random.nextDouble() < share;
  }

  @Override
  public StreamLog log(String stream) {
    return logOf(stream);
  }

  private MemoryLog logOf(String stream) {
    return logs.computeIfAbsent(stream, name -> new MemoryLog(stream(name), () -> away));
  }

  private MemoryStream stream(String name) {
    return streams.stream()
        .filter(found -> found.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no stream " + name));
  }

  /** A stream lets everything go that it has kept so far; places are counted on. */
  public void letGo(String stream) {
    stream(stream).letGo();
  }

  /** A stream is lost with its server and made anew: it is empty and counts from the beginning. */
  public void makeAnew(String stream) {
    stream(stream).begin();
    logOf(stream).gap();
  }

  @Override
  public Subscription subscribe(String subject, Consumer<BusMessage> handler) {
    Inbox inbox = new Inbox();
    Receiver receiver = new Receiver(subject, inbox);
    receivers.add(receiver);
    Worker worker = Worker.start(inbox, handler);
    return () -> {
      receivers.remove(receiver);
      worker.close();
    };
  }

  @Override
  public Subscription consume(ConsumerSpec spec, Function<BusMessage, CompletionStage<Void>> handler) {
    MemoryConsumer consumer = consumer(spec);
    Worker worker = Worker.start(consumer.inbox(), message -> consumer.handle(message, handler));
    return worker::close;
  }

  @Override
  public ObjectBucket bucket(String name) {
    return buckets.computeIfAbsent(name, made -> new MemoryObjects(() -> away, () -> clock.instant()));
  }

  /** The clock by which objects become old. */
  public MemoryBus withClock(InstantSource other) {
    clock = other;
    return this;
  }

  private synchronized MemoryConsumer consumer(ConsumerSpec spec) {
    return consumers.computeIfAbsent(
        spec.stream() + "/" + spec.durable(),
        name -> {
          MemoryStream stream = stream(spec.stream());
          MemoryConsumer made = new MemoryConsumer(spec);
          new ArrayList<>(stream.messages()).stream()
              .filter(message -> made.takes(message.subject()))
              .forEach(message -> made.inbox().put(message, false));
          return made;
        });
  }

  /** True when every message has been handled and none is to be given again. */
  public synchronized boolean isQuiet() {
    return receivers.stream().allMatch(receiver -> receiver.inbox().isQuiet())
        && consumers.values().stream().allMatch(MemoryConsumer::isQuiet);
  }

  /** Forgets receivers; their subscriptions end with their own close. */
  @Override
  public void close() {
    receivers.clear();
  }
}
