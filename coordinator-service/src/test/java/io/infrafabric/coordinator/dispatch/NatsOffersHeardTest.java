package io.infrafabric.coordinator.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.task.TaskIndex;
import io.infrafabric.coordinator.task.ReadyTask;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.kit.telemetry.RecentTimes;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.names.Headers;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import io.infrafabric.testkit.nats.MemoryBus;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NatsOffersHeardTest {
  private static final SwarmId FOX = new SwarmId("fox");
  private static final TaskId TASK = new TaskId("t1");
  private static final Instant LATER = Samples.NOW.plusSeconds(1);

  private final MemoryBus bus = new MemoryBus();
  private final PushTimes times = new PushTimes();
  private final NatsOffersHeard heard = new NatsOffersHeard(times);
  private final AutoCloseable listening = heard.listen(bus);

  NatsOffersHeardTest() {
    bus.addStream(Subjects.OFFERS_STREAM, Subjects.OFFERS);
  }

  @AfterEach
  void close() throws Exception {
    listening.close();
    bus.close();
  }

  private void rung(String id) {
    bus.publish(Subjects.offer(FOX), Map.of(Headers.MESSAGE_ID, id), new byte[0]);
  }

  @Test
  void offerThatADispatcherRings_isOutstandingUntilItsTime() {
    TaskIndex index = new TaskIndex();
    index.onChange("tasks/00/t1", Optional.empty(), Optional.of(Samples.entry("tasks/00/t1", Samples.ready(Samples.spec("t1").build()), TaskEventType.TASK_EVENT_TYPE_READY, 7)));
    ReadyTask task = index.walk().next().orElseThrow();
    new NatsOffers(bus, Telemetry.none().traces(), id -> TraceContext.getDefaultInstance(), times, () -> Samples.NOW)
        .ring(task, FOX, LATER, new PushTiming.From(System.nanoTime()));
    OfferId offer = new OfferId(TASK, 7, FOX, LATER);
    await().untilAsserted(() -> assertThat(heard.outstanding(TASK, 7, Samples.NOW)).containsExactly(offer));
    assertThat(heard.outstanding(TASK, 7, LATER)).as("when it has run out").isEmpty();
    assertThat(heard.outstanding(TASK, 8, Samples.NOW)).as("of a later version of the task").isEmpty();
    assertThat(times.counts()).isEqualTo(new PushTimes.Counts(1, 1, 0, 0, 0));
    assertThat(times.untilAcknowledged()).get().extracting(RecentTimes.Summary::measured).isEqualTo(1);
    assertThat(times.untilHeard()).get().extracting(RecentTimes.Summary::measured).isEqualTo(1);
  }

  @Test
  void offerThatNatsDoesNotTake_isNoMeasuredPush() {
    TaskIndex index = new TaskIndex();
    index.onChange("tasks/00/t1", Optional.empty(), Optional.of(Samples.entry("tasks/00/t1", Samples.ready(Samples.spec("t1").build()), TaskEventType.TASK_EVENT_TYPE_READY, 7)));
    bus.goAway();
    new NatsOffers(bus, Telemetry.none().traces(), id -> TraceContext.getDefaultInstance(), times, () -> Samples.NOW)
        .ring(index.walk().next().orElseThrow(), FOX, LATER, new PushTiming.From(System.nanoTime()));
    assertThat(times.counts()).isEqualTo(new PushTimes.Counts(1, 0, 1, 0, 0));
    assertThat(times.untilAcknowledged()).isEmpty();
    assertThat(times.untilHeard()).isEmpty();
  }

  @Test
  void offersOfAnOlderVersion_andWhatIsNoOffer_arePassedOver() {
    rung(new OfferId(TASK, 9, FOX, LATER).text());
    rung(new OfferId(TASK, 8, new SwarmId("owl"), LATER).text());
    rung("no:offer");
    rung("T:1:fox:2");
    rung("t1:x:fox:2");
    rung(new OfferId(TASK, 9, new SwarmId("bee"), LATER).text());
    await().untilAsserted(() -> assertThat(heard.outstanding(TASK, 9, Samples.NOW)).extracting(OfferId::swarm).containsExactly(FOX, new SwarmId("bee")));
  }
}
