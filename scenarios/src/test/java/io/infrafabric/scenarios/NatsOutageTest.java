package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.names.Subjects;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** NATS is stopped for 10 s under load and started again; its streams are deleted. Messages are only doorbells. */
class NatsOutageTest {
  private static final Duration OUTAGE = Duration.ofSeconds(10);

  private static RunningFabric running;

  @BeforeAll
  static void start() throws IOException {
    running = RunningFabric.startWithoutChassis();
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  @Test
  void natsOutage_claimsGoOnMeanwhileAndOffersResume() throws Exception {
    try (Load load = Load.start(running, 6)) {
      load.awaitProgress(50, Duration.ofSeconds(60));
      running.fabric().nats().stop();
      Instant down = Instant.now();
      await("claims over gRPC go on").atMost(OUTAGE.plusSeconds(60)).until(() -> load.log().claimsSince(down) >= 50);
      await("the rest of the outage").atMost(OUTAGE.plusSeconds(60)).until(() -> Instant.now().isAfter(down.plus(OUTAGE)));
      assertThat(load.log().offersSince(down.plusSeconds(1))).as("offers while NATS is down").isZero();
      running.fabric().nats().start();

      Instant up = Instant.now();
      await("offers ring again").atMost(Duration.ofSeconds(60)).until(() -> load.log().offersSince(up) >= 20);
      load.finish(Duration.ofSeconds(90));
      Judgement.of(running, load);
      assertThat(load.log().troubles()).as("calls over gRPC that failed").isEmpty();
    }
  }

  @Test
  void deletedStreams_areMadeAgainAndWorkGoesOn() throws Exception {
    try (Load load = Load.start(running, 6);
        Connection nats = Nats.connect(running.fabric().nats().address())) {
      load.awaitProgress(50, Duration.ofSeconds(60));
      JetStreamManagement streams = nats.jetStreamManagement();
      List<String> all = List.of(Subjects.OFFERS_STREAM, Subjects.EVENTS_STREAM);
      for (String stream : all) {
        streams.deleteStream(stream);
      }
      Instant gone = Instant.now();
      await("the streams are there again").atMost(Duration.ofSeconds(60)).until(() -> streams.getStreamNames().containsAll(all));
      await("and used")
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () -> {
                for (String stream : all) {
                  assertThat(streams.getStreamInfo(stream).getStreamState().getMsgCount()).as("messages on %s, after %s", stream, load.log()).isPositive();
                }
                assertThat(load.log().offersSince(gone.plusSeconds(1))).as("doorbells since, after %s", load.log()).isPositive();
              });
      load.finish(Duration.ofSeconds(90));
      Judgement.of(running, load);
    }
  }
}
