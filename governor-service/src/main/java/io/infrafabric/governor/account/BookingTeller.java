package io.infrafabric.governor.account;

import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.relay.Facts;
import io.infrafabric.governor.v1.Settlement;
import io.infrafabric.kit.relay.OutboundMessage;
import io.infrafabric.kit.relay.Publisher;
import io.infrafabric.kit.telemetry.Counter;
import io.infrafabric.kit.telemetry.StepSpan;
import io.infrafabric.kit.telemetry.Telemetry;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells of bookings: a span in the trace of each task, a fact for each claim, a warning when little money is left. */
final class BookingTeller implements BiConsumer<Books, Settled> {
  private static final Logger log = LoggerFactory.getLogger(BookingTeller.class);

  private final Facts facts;
  private final Publisher publisher;
  private final Telemetry telemetry;
  private final Counter booked;
  private final Counter bookedMicros;
  private final Counter untold;

  BookingTeller(Facts facts, Publisher publisher, Telemetry telemetry) {
    this.facts = facts;
    this.publisher = publisher;
    this.telemetry = telemetry;
    this.booked = telemetry.metrics().counter("if.settlement.booked", "Claims booked by this instance");
    this.bookedMicros = telemetry.metrics().counter("if.settlement.booked_micros", "Micro-dollars booked by this instance");
    this.untold = telemetry.metrics().counter("if.settlement.untold", "Facts about bookings that could not be published");
  }

  @Override
  public void accept(Books books, Settled settled) {
    for (Booking booking : settled.bookings()) {
      booked.increment();
      bookedMicros.add(booking.fact().getCostMicros());
      trace(booking);
      publish(facts.booked(booking.fact()));
    }
    if (settled.budgetBecameLow()) {
      log.atWarn()
          .addKeyValue("swarm", books.swarmId())
          .addKeyValue("creditMicros", books.account().getCreditMicros())
          .addKeyValue("grantedMicros", books.account().getGrantedMicros())
          .log("little money is left");
      publish(facts.low(books.account()));
    }
  }

  private void trace(Booking booking) {
    Settlement fact = booking.fact();
    StepSpan span =
        telemetry.traces().internal("settle").task(fact.getTaskId()).swarm(fact.getSwarmId()).claim(fact.getClaimId());
    span.in(booking.trace());
    span.end(null);
  }

  private void publish(OutboundMessage message) {
    publisher
        .publish(message)
        .whenComplete(
            (stored, failure) -> {
              if (failure != null) {
                untold.increment();
                log.atDebug().addKeyValue("subject", message.subject()).addKeyValue("cause", failure.toString()).log("not published");
              }
            });
  }
}
