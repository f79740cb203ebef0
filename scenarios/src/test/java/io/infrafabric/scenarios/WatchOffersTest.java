package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.WatchOffersResponse;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.nats.client.Connection;
import io.nats.client.Nats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** C9 over gRPC: a swarm that was away hears what it has missed, at any coordinator; one that reads slowly holds nothing up, and is told. */
@ExtendWith(SharedFabric.class)
class WatchOffersTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Duration SESSION = Duration.ofMinutes(2);
  private static final int MANY = Integer.MAX_VALUE;

  private final RunningFabric fabric;
  private final FabricClient client;
  private final String swarm = Unique.id("watcher");
  private final String skill = Unique.capability();

  WatchOffersTest(RunningFabric fabric) {
    this.fabric = fabric;
    this.client = fabric.client();
  }

  private String submit(List<String> capabilities) {
    String task = Unique.id("watched");
    client.submit(TaskSpec.newBuilder().setTaskId(task).addAllRequiredCapabilities(capabilities).build());
    return task;
  }

  /** What tells one doorbell from another. */
  private static String doorbell(Offer offer) {
    return offer.getTaskId() + " until " + offer.getExpiresAt();
  }

  private static List<String> doorbells(OfferWatch watch) {
    return watch.heard().stream().map(WatchOffersResponse::getOffer).map(WatchOffersTest::doorbell).toList();
  }

  private static long last(OfferWatch watch) {
    return watch.heard().getLast().getSequence();
  }

  private List<Offer> listen(Connection nats) throws Exception {
    List<Offer> rung = new CopyOnWriteArrayList<>();
    nats.createDispatcher(message -> rung.add(Multitude.offer(message))).subscribe(Subjects.offer(new SwarmId(swarm)));
    nats.flush(SOON);
    return rung;
  }

  @Test
  void offersOfTheTimeAway_areReplayedAtAnotherCoordinator_onceAndInOrder_andThenLive() throws Exception {
    client.register(swarm, 0, 10, skill);
    String session = client.open(swarm, SESSION);
    try (FabricClient other = fabric.clientOf(1);
        Connection nats = Nats.connect(fabric.fabric().nats().address())) {
      List<Offer> rung = listen(nats);
      long place;
      int before;
      try (OfferWatch watch = OfferWatch.open(client.coordinator(), swarm, session, 0, MANY)) {
        String first = submit(List.of(skill));
        await().atMost(SOON).until(() -> watch.tasks().contains(first));
        client.claim(first, swarm, session);
        await("as many as were rung").atMost(SOON).until(() -> watch.heard().size() == rung.size());
        place = last(watch);
        before = rung.size();
      }
      List<String> away = List.of(submit(List.of(skill)), submit(List.of(skill)), submit(List.of(skill)));
      await().atMost(SOON).until(() -> rung.stream().map(Offer::getTaskId).toList().containsAll(away));
      List<Claim> claims = away.stream().map(task -> client.claim(task, swarm, session)).toList();

      try (OfferWatch again = OfferWatch.open(other.coordinator(), swarm, session, place, MANY)) {
        await("what was rung while it was away").atMost(SOON).until(() -> again.heard().size() >= rung.size() - before);
        assertThat(again.heard()).extracting(WatchOffersResponse::getMissed).containsOnly(false);
        assertThat(doorbells(again)).isEqualTo(rung.subList(before, rung.size()).stream().map(WatchOffersTest::doorbell).toList());
        assertThat(again.heard()).extracting(WatchOffersResponse::getSequence).isSorted().doesNotHaveDuplicates().allMatch(at -> at > place);
        claims.forEach(claim -> client.complete(claim, "done", 0));
        String live = submit(List.of(skill));
        await().atMost(SOON).until(() -> again.tasks().getLast().equals(live));
        client.complete(client.claim(live, swarm, session), "done", 0);
      }
    }
  }

  /** Offers of 4 KiB and a connection with room for a few of them: what is not read stays out of the coordinator's memory. */
  @Test
  void slowReader_isSentWhatFitsItsConnection_andThenThatItMissedSome_andWhatIsStillKept() throws Exception {
    int tasks = 60;
    int kept = 64;
    int rings = 240;
    List<String> many = IntStream.range(0, 60).mapToObj(i -> "slow:" + "x".repeat(30) + "-" + i).toList();
    List<String> capabilities = new ArrayList<>(many);
    capabilities.add(skill);
    client.register(swarm, 0, tasks, capabilities.toArray(String[]::new));
    String session = client.open(swarm, SESSION);
    ManagedChannel narrow =
        NettyChannelBuilder.forTarget(fabric.fabric().coordinators().getFirst().address()).usePlaintext().flowControlWindow(64 * 1024).build();
    try (Connection nats = Nats.connect(fabric.fabric().nats().address());
        OfferWatch slow = OfferWatch.open(narrow, swarm, session, 0, 1)) {
      List<Offer> rung = listen(nats);
      List<String> submitted = IntStream.range(0, tasks).mapToObj(i -> submit(capabilities)).toList();
      await("rung again and again, because nobody claims").atMost(SOON).until(() -> rung.size() >= rings);
      assertThat(slow.heard()).as("what it asked for").hasSize(1);
      submitted.forEach(
          task -> client.tasks().cancelTask(CancelTaskRequest.newBuilder().setRequestId(FabricClient.request()).setTaskId(task).setReason("enough").build()));

      slow.read(MANY);
      await("the newest doorbell").atMost(SOON).until(() -> doorbells(slow).contains(doorbell(rung.getLast())));
      assertThat(slow.end()).isEmpty();
      List<WatchOffersResponse> missed = slow.heard().stream().filter(WatchOffersResponse::getMissed).toList();
      assertThat(missed).as("it is told that offers were let go of").isNotEmpty();
      List<WatchOffersResponse> offers = slow.heard().stream().filter(WatchOffersResponse::hasOffer).toList();
      assertThat(offers).extracting(WatchOffersResponse::getSequence).isSorted().doesNotHaveDuplicates();
      long underWay = offers.stream().filter(offer -> offer.getSequence() <= missed.getFirst().getSequence()).count();
      assertThat(underWay).as("sent while nothing was read").isBetween(1L, (long) rings - kept);
      assertThat(offers.size()).as("of %d doorbells", rung.size()).isLessThan(rung.size());
    } finally {
      narrow.shutdownNow();
    }
  }
}
