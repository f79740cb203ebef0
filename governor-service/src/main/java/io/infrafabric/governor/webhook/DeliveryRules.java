package io.infrafabric.governor.webhook;

import io.infrafabric.governor.escalation.Turn;
import io.infrafabric.governor.v1.Delivery;
import io.infrafabric.governor.v1.DeliveryState;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.EscalationEventType;
import io.infrafabric.kit.time.Times;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** How an escalation is delivered to a webhook: tried until it is acknowledged or has been tried often enough. */
final class DeliveryRules {
  private DeliveryRules() {}

  /**
   * When a sink is tried how often.
   *
   * @param timeout how long a try may take
   */
  record Pace(Duration timeout, int tries, Duration firstWait, Duration longestWait) {
    static Pace of(WebhookSettings settings) {
      return new Pace(settings.timeout(), settings.tries(), settings.firstWait(), settings.longestWait());
    }

    /** The wait after a try: doubled with each, and shorter by up to a fifth, differently for each post, so that not all come at once. */
    Duration waitAfter(int tries, String id) {
      long grown = firstWait.toMillis() << Math.min(tries - 1, 20);
      long capped = grown < 0 ? longestWait.toMillis() : Math.min(grown, longestWait.toMillis());
      return Duration.ofMillis(capped - capped * Math.floorMod(id.hashCode() * 31 + tries, 200) / 1_000);
    }
  }

  /** A try that is to be made. */
  record Attempt(Escalation escalation, String sink, int number) {
    /** The same with every try of this level. */
    String id() {
      return escalation.getEscalationId() + "." + escalation.getLevel();
    }
  }

  /** Whether a sink is to be tried now. */
  static boolean isDue(Delivery delivery, Instant now) {
    return delivery.getState() == DeliveryState.DELIVERY_STATE_PENDING && !Times.toInstant(delivery.getNextAt()).isAfter(now);
  }

  /**
   * Begins a try: whoever writes this makes it. If nobody hears of it again, the next one is due when its time and the wait after it are
   * over. After the last try it is a dead letter.
   *
   * @param level at which the escalation is to be delivered
   */
  static Turn begin(Escalation known, String sink, int level, Pace pace, Instant now) {
    OptionalInt place = place(known, sink, level);
    if (place.isEmpty() || !isDue(known.getDeliveries(place.getAsInt()), now)) {
      return new Turn.Keep();
    }
    Delivery delivery = known.getDeliveries(place.getAsInt());
    if (delivery.getTries() >= pace.tries()) {
      return with(known, place.getAsInt(), dead(delivery, now), EscalationEventType.ESCALATION_EVENT_TYPE_UNDELIVERED, now);
    }
    int tries = delivery.getTries() + 1;
    Instant next = now.plus(pace.timeout()).plus(pace.waitAfter(tries, known.getEscalationId()));
    Delivery begun = delivery.toBuilder().setTries(tries).setNextAt(Times.toProto(next)).build();
    return with(known, place.getAsInt(), begun, EscalationEventType.ESCALATION_EVENT_TYPE_TRIED, now);
  }

  /** The try that a turn of {@link #begin} begins, if it does. */
  static Optional<Attempt> begun(Turn turn, String sink, int level) {
    if (!(turn instanceof Turn.Write(Escalation next))) {
      return Optional.empty();
    }
    OptionalInt place = place(next, sink, level);
    return place.isPresent() && next.getDeliveries(place.getAsInt()).getState() == DeliveryState.DELIVERY_STATE_PENDING
        ? Optional.of(new Attempt(next, sink, next.getDeliveries(place.getAsInt()).getTries()))
        : Optional.empty();
  }

  /** Notes what came of a try; a later one, or a higher level, stands. */
  static Turn ended(Escalation known, Attempt attempt, Answer answer, Pace pace, Instant now) {
    OptionalInt place = place(known, attempt.sink(), attempt.escalation().getLevel());
    if (place.isEmpty()) {
      return new Turn.Keep();
    }
    Delivery delivery = known.getDeliveries(place.getAsInt());
    if (delivery.getState() == DeliveryState.DELIVERY_STATE_DELIVERED) {
      return new Turn.Keep();
    }
    return switch (answer) {
      case Answer.Acknowledged acknowledged ->
          with(
              known,
              place.getAsInt(),
              delivery.toBuilder().setState(DeliveryState.DELIVERY_STATE_DELIVERED).clearNextAt().setAt(Times.toProto(now)).build(),
              EscalationEventType.ESCALATION_EVENT_TYPE_TRIED,
              now);
      case Answer.Gone gone ->
          with(
              known,
              place.getAsInt(),
              dead(delivery.toBuilder().setLastError("status 410: it wants no more").build(), now),
              EscalationEventType.ESCALATION_EVENT_TYPE_UNDELIVERED,
              now);
      case Answer.Failed failed -> failed(known, place.getAsInt(), attempt, failed, pace, now);
    };
  }

  private static Turn failed(Escalation known, int place, Attempt attempt, Answer.Failed failed, Pace pace, Instant now) {
    Delivery delivery = known.getDeliveries(place);
    if (delivery.getTries() != attempt.number() || delivery.getState() != DeliveryState.DELIVERY_STATE_PENDING) {
      return new Turn.Keep();
    }
    Delivery noted = delivery.toBuilder().setLastError(failed.why()).build();
    if (noted.getTries() >= pace.tries()) {
      return with(known, place, dead(noted, now), EscalationEventType.ESCALATION_EVENT_TYPE_UNDELIVERED, now);
    }
    Duration wait = pace.waitAfter(noted.getTries(), known.getEscalationId());
    Duration wanted = failed.notBefore().filter(asked -> asked.compareTo(pace.longestWait()) <= 0).orElse(pace.longestWait());
    Duration longer = failed.notBefore().isPresent() && wanted.compareTo(wait) > 0 ? wanted : wait;
    return with(
        known, place, noted.toBuilder().setNextAt(Times.toProto(now.plus(longer))).build(), EscalationEventType.ESCALATION_EVENT_TYPE_TRIED, now);
  }

  /** Gives up what is to go to a webhook that is not one any more. */
  static Turn orphaned(Escalation known, String sink, int level, Instant now) {
    OptionalInt place = place(known, sink, level);
    if (place.isEmpty() || known.getDeliveries(place.getAsInt()).getState() != DeliveryState.DELIVERY_STATE_PENDING) {
      return new Turn.Keep();
    }
    Delivery dead = dead(known.getDeliveries(place.getAsInt()).toBuilder().setLastError("no setting names this webhook any more").build(), now);
    return with(known, place.getAsInt(), dead, EscalationEventType.ESCALATION_EVENT_TYPE_UNDELIVERED, now);
  }

  private static Delivery dead(Delivery delivery, Instant now) {
    return delivery.toBuilder().setState(DeliveryState.DELIVERY_STATE_DEAD).clearNextAt().setAt(Times.toProto(now)).build();
  }

  private static OptionalInt place(Escalation known, String sink, int level) {
    return known.getLevel() != level
        ? OptionalInt.empty()
        : IntStream.range(0, known.getDeliveriesCount()).filter(i -> known.getDeliveries(i).getSink().equals(sink)).findFirst();
  }

  private static Turn with(Escalation known, int place, Delivery delivery, EscalationEventType event, Instant now) {
    return new Turn.Write(known.toBuilder().setDeliveries(place, delivery).setLastEvent(event).setLastAt(Times.toProto(now)).build());
  }
}
