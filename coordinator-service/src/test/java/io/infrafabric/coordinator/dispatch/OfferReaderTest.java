package io.infrafabric.coordinator.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.WatchOffersResponse;
import io.infrafabric.error.RefusedException;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.infrafabric.testkit.nats.MemoryBus;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OfferReaderTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final SwarmId SWARM = new SwarmId("s1");

  private final MemoryBus bus = new MemoryBus();
  private final OfferFeed feed = new OfferFeed(bus.log(Subjects.OFFERS_STREAM));

  @AfterEach
  void close() {
    feed.close();
    bus.close();
  }

  private OfferReader reader(long after) {
    return feed.reader(SWARM, after, () -> {});
  }

  private void ring(String task, SwarmId swarm) {
    try {
      String offer = JsonFormat.printer().print(Offer.newBuilder().setTaskId(task).setSwarmId(swarm.value()));
      bus.publishDurable(Subjects.offer(swarm), task + swarm, Map.of(), offer.getBytes(StandardCharsets.UTF_8)).join();
    } catch (InvalidProtocolBufferException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private void ring(String task) {
    ring(task, SWARM);
  }

  /** Everything there is to read now. */
  private static List<String> read(OfferReader reader) {
    List<String> heard = new ArrayList<>();
    for (Optional<WatchOffersResponse> next = reader.poll(); next.isPresent(); next = reader.poll()) {
      heard.add(next.get().getMissed() ? "missed" : next.get().getOffer().getTaskId() + "@" + next.get().getSequence());
    }
    return heard;
  }

  private static List<String> readUntil(OfferReader reader, String last) {
    List<String> heard = new ArrayList<>();
    await().atMost(SOON).pollInterval(Duration.ofMillis(5)).until(() -> heard.addAll(read(reader)) && heard.getLast().equals(last));
    return heard;
  }

  @Test
  void whatIsKept_comesFirst_thenWhatIsRung_eachOnce() {
    ring("t1");
    ring("x1", new SwarmId("other"));
    ring("t2");
    try (OfferReader reader = reader(0)) {
      assertThat(read(reader)).containsExactly("t1@1", "t2@3");
      ring("t3");
      ring("x2", new SwarmId("other"));
      ring("t4");
      assertThat(readUntil(reader, "t4@6")).containsExactly("t3@4", "t4@6");
      assertThat(read(reader)).isEmpty();
    }
  }

  @Test
  void reconnect_goesOnAfterThePlace() {
    IntStream.rangeClosed(1, 5).forEach(i -> ring("t" + i));
    try (OfferReader reader = reader(3)) {
      assertThat(read(reader)).containsExactly("t4@4", "t5@5");
    }
  }

  @Test
  void placeThatIsNotKeptAnyMore_isToldAsMissed() {
    ring("t1");
    ring("t2");
    bus.letGo(Subjects.OFFERS_STREAM);
    ring("t3");
    try (OfferReader reader = reader(1)) {
      assertThat(read(reader)).containsExactly("missed", "t3@3");
    }
  }

  @Test
  void slowReader_holdsAShortQueueOnly_andGoesOnFromTheStream() {
    try (OfferReader reader = reader(0)) {
      ring("t1");
      assertThat(readUntil(reader, "t1@1")).containsExactly("t1@1");
      int many = 3 * OfferReader.WAITING;
      IntStream.rangeClosed(2, many).forEach(i -> ring("t" + i));
      await().atMost(SOON).until(bus::isQuiet);
      List<String> all = IntStream.rangeClosed(2, many).mapToObj(i -> "t" + i + "@" + i).toList();
      assertThat(readUntil(reader, all.getLast())).isEqualTo(all);
    }
  }

  @Test
  void slowReader_isToldWhatTheStreamLetGoMeanwhile() {
    try (OfferReader reader = reader(0)) {
      ring("t1");
      assertThat(readUntil(reader, "t1@1")).containsExactly("t1@1");
      int many = 2 * OfferReader.WAITING;
      IntStream.rangeClosed(2, many).forEach(i -> ring("t" + i));
      bus.letGo(Subjects.OFFERS_STREAM);
      ring("last");
      assertThat(readUntil(reader, "last@" + (many + 1))).startsWith("missed").endsWith("last@" + (many + 1));
    }
  }

  @Test
  void streamThatWasMadeAnew_isReadFromItsBeginning() {
    try (OfferReader reader = reader(0)) {
      ring("t1");
      ring("t2");
      assertThat(readUntil(reader, "t2@2")).hasSize(2);
      bus.makeAnew(Subjects.OFFERS_STREAM);
      ring("t3");
      assertThat(readUntil(reader, "t3@1")).containsExactly("missed", "t3@1");
      ring("t4");
      assertThat(readUntil(reader, "t4@2")).containsExactly("t4@2");
    }
  }

  @Test
  void natsThatIsAway_costsNothingButTime() {
    ring("t1");
    try (OfferReader reader = reader(0)) {
      bus.goAway();
      assertThatThrownBy(reader::poll).isInstanceOf(RefusedException.class);
      bus.comeBack();
      assertThat(read(reader)).containsExactly("t1@1");
    }
  }

  @Test
  void foreignMessage_isLeftOut() {
    bus.publish(Subjects.offer(SWARM), Map.of(), "no offer".getBytes(StandardCharsets.UTF_8));
    ring("t1");
    try (OfferReader reader = reader(0)) {
      assertThat(read(reader)).containsExactly("t1@2");
    }
  }

  @Test
  void twoReadersOfASwarm_eachHearAll() {
    try (OfferReader one = reader(0);
        OfferReader two = reader(0)) {
      assertThat(read(one)).isEmpty();
      assertThat(read(two)).isEmpty();
      ring("t1");
      assertThat(readUntil(one, "t1@1")).hasSize(1);
      assertThat(readUntil(two, "t1@1")).hasSize(1);
    }
  }
}
