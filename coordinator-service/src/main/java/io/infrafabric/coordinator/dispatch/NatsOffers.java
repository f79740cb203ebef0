package io.infrafabric.coordinator.dispatch;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.coordinator.task.ReadyTask;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.nats.EventHeaders;
import io.infrafabric.kit.telemetry.StepSpan;
import io.infrafabric.kit.telemetry.Traces;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Function;

/**
 * Rings over NATS: a publish on the swarm's own subject, which the stream of offers keeps for those who come back later.
 */
public final class NatsOffers implements Offers {
  private static final JsonFormat.Printer JSON = JsonFormat.printer().omittingInsignificantWhitespace();

  private final Bus bus;
  private final Traces traces;
  private final Function<TaskId, TraceContext> traceOf;
  private final PushTimes times;
  private final InstantSource clock;

  /**
   * @param traceOf the trace of a task: looked up when it is rung for, because a million tasks that wait need none
   */
  public NatsOffers(Bus bus, Traces traces, Function<TaskId, TraceContext> traceOf, PushTimes times, InstantSource clock) {
    this.bus = bus;
    this.traces = traces;
    this.traceOf = traceOf;
    this.times = times;
    this.clock = clock;
  }

  @Override
  public void ring(ReadyTask task, SwarmId swarm, Instant until, PushTiming timing) {
    StepSpan span = traces.sending("offer");
    TraceContext trace = span.in(traceOf.apply(task.id()));
    span.task(task.id().value()).swarm(swarm.value());
    Offer offer = OfferWire.of(task, swarm, until, trace);
    String id = new OfferId(task.id(), task.revision(), swarm, until).text();
    var headers = new EventHeaders(id, "infrafabric.task.offered.v1", "/coordinator", clock.instant(), task.id().value(), trace);
    times.rings(id, timing);
    bus.publishDurable(Subjects.offer(swarm), id, headers.toMap(), json(offer))
        .whenComplete(
            (receipt, failure) -> {
              if (failure == null) {
                times.acknowledged(timing);
              } else {
                times.failed();
              }
              span.end(failure);
            });
  }

  private static byte[] json(Offer offer) {
    try {
      return JSON.print(offer).getBytes(StandardCharsets.UTF_8);
    } catch (InvalidProtocolBufferException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
