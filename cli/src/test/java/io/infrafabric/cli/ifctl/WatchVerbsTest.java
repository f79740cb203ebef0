package io.infrafabric.cli.ifctl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.stub.StreamObserver;
import io.infrafabric.cli.Main;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerState;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.GetBlockerRequest;
import io.infrafabric.coordinator.v1.GetBlockerResponse;
import io.infrafabric.coordinator.v1.ListBlockersRequest;
import io.infrafabric.coordinator.v1.ListBlockersResponse;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.GetSwarmRequest;
import io.infrafabric.governor.v1.GetSwarmResponse;
import io.infrafabric.governor.v1.ListSwarmsRequest;
import io.infrafabric.governor.v1.ListSwarmsResponse;
import io.infrafabric.governor.v1.RegistryServiceGrpc;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.grpc.GrpcServer;
import io.infrafabric.kit.grpc.Replies;
import io.infrafabric.kit.time.Times;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Blockers and swarms, one by one, and with {@code --watch}. */
class WatchVerbsTest {
  private static final Blocker OPEN =
      Blocker.newBuilder().setBlockerId("b-1").setTaskId("t1").setSwarmId("fox").setType("weather").setState(BlockerState.BLOCKER_STATE_OPEN).build();
  private static final Blocker RESOLVED =
      OPEN.toBuilder()
          .setState(BlockerState.BLOCKER_STATE_RESOLVED)
          .setResolvedAt(Times.toProto(Instant.parse("2026-03-01T12:00:00Z")))
          .setResolvedBy("ada")
          .setResolution("took an umbrella")
          .build();
  private static final Standing CLOSED =
      Standing.newBuilder().setSwarmId("fox").setBreaker(BreakerState.BREAKER_STATE_CLOSED).setCreditMicros(2_000_000).setReputationMillis(700).build();

  private volatile List<Blocker> blockers = List.of(OPEN);
  private volatile Standing standing = CLOSED;

  private final GrpcServer server =
      GrpcServer.Builder.of("scripted")
          .service(
              new ClaimServiceGrpc.ClaimServiceImplBase() {
                @Override
                public void getBlocker(GetBlockerRequest request, StreamObserver<GetBlockerResponse> observer) {
                  Replies.reply(
                      observer,
                      () ->
                          blockers.stream()
                              .filter(blocker -> blocker.getBlockerId().equals(request.getBlockerId()))
                              .findFirst()
                              .map(blocker -> GetBlockerResponse.newBuilder().setBlocker(blocker).build())
                              .orElseThrow(() -> Refusal.of(ErrorCode.ERROR_CODE_BLOCKER_NOT_FOUND, "there is none").asException()));
                }

                @Override
                public void listBlockers(ListBlockersRequest request, StreamObserver<ListBlockersResponse> observer) {
                  List<Blocker> found = blockers.stream().filter(blocker -> !request.getOpenOnly() || !blocker.hasResolvedAt()).toList();
                  Replies.reply(observer, () -> ListBlockersResponse.newBuilder().addAllBlockers(found).build());
                }
              })
          .service(
              new RegistryServiceGrpc.RegistryServiceImplBase() {
                @Override
                public void getSwarm(GetSwarmRequest request, StreamObserver<GetSwarmResponse> observer) {
                  Replies.reply(observer, () -> GetSwarmResponse.newBuilder().setStanding(standing).build());
                }

                @Override
                public void listSwarms(ListSwarmsRequest request, StreamObserver<ListSwarmsResponse> observer) {
                  boolean shown = request.getIncludeUnregistered() || !standing.getUnregistered();
                  Replies.reply(observer, () -> ListSwarmsResponse.newBuilder().addAllStandings(shown ? List.of(standing) : List.of()).build());
                }
              })
          .build()
          .start();

  @AfterEach
  void close() {
    server.close();
  }

  /** What a verb with {@code --watch} has shown when each of the changes was made after the line before it, until it is interrupted as by Ctrl-C. */
  private List<String> watched(List<Runnable> changes, String... verb) throws InterruptedException {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream out = System.out;
    System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
    try {
      String[] all = Stream.concat(Stream.of("ifctl", "--coordinator", server.target(), "--governor", server.target()), Stream.of(verb)).toArray(String[]::new);
      Thread watch = Thread.ofVirtual().start(() -> Main.run(all));
      for (int i = 0; i <= changes.size(); i++) {
        int lines = i + 1;
        await().atMost(Duration.ofSeconds(30)).until(() -> said.toString(StandardCharsets.UTF_8).lines().count() >= lines);
        if (i < changes.size()) {
          changes.get(i).run();
        }
      }
      watch.interrupt();
      watch.join();
    } finally {
      System.setOut(out);
    }
    return said.toString(StandardCharsets.UTF_8).lines().map(line -> line.strip().replaceAll(" {2,}", " | ")).toList();
  }

  @Test
  void blocker_isShownByItsId_alsoWhenItIsResolved() {
    blockers = List.of(RESOLVED);
    Said shown = Said.ifctl(server, "blocker", "get", "b-1");
    assertThat(shown.rows())
        .containsExactly("BLOCKER | TASK | SWARM | TYPE | SEVERITY | STATE | HELP | DETAIL", "b-1 | t1 | fox | weather | - | resolved | - | by ada took an umbrella");
    assertThat(Said.ifctl(server, "-o", "json", "blocker", "get", "b-1").out()).contains("\"resolvedBy\": \"ada\"");
    assertThat(Said.ifctl(server, "blocker", "get", "b-2").exitCode()).isEqualTo(6);
  }

  @Test
  void blockers_areWatched_alsoHowOneLeavesTheList() throws Exception {
    Blocker escalated = OPEN.toBuilder().setState(BlockerState.BLOCKER_STATE_ESCALATED).setDetail("nobody can help").build();
    Blocker old = RESOLVED.toBuilder().setBlockerId("b-0").build();
    blockers = List.of(old, OPEN);
    List<String> list = watched(List.of(() -> blockers = List.of(old, escalated), () -> blockers = List.of(old, RESOLVED)), "blocker", "list", "--watch");
    assertThat(list)
        .as("b-0 was resolved before")
        .containsExactly(
            "b-1 | t1 | fox | weather | - | open | - | -",
            "b-1 | t1 | fox | weather | - | escalated | - | nobody can help",
            "b-1 | t1 | fox | weather | - | resolved | - | by ada took an umbrella");
    blockers = List.of(OPEN);
    assertThat(watched(List.of(() -> blockers = List.of(RESOLVED)), "-o", "jsonl", "blocker", "get", "b-1", "--watch")).hasSize(2).last().asString().contains("\"resolvedBy\":\"ada\"");
  }

  @Test
  void swarms_areWatched_andWhatIsBookedAloneIsNoNews() throws Exception {
    Standing booked = CLOSED.toBuilder().addSettledClaimIds("c1").setBookedThrough(7).setRevision(9).build();
    assertThat(SwarmVerbs.news(booked)).isEqualTo(SwarmVerbs.news(CLOSED));
    Standing open = booked.toBuilder().setBreaker(BreakerState.BREAKER_STATE_OPEN).setBreakerReason(BreakerReason.BREAKER_REASON_MANUAL).build();
    for (String[] verb : new String[][] {{"swarm", "list", "--watch"}, {"swarm", "get", "fox", "--watch"}}) {
      standing = CLOSED;
      List<String> list =
          watched(
              List.of(
                  () -> standing = open,
                  () -> standing = open.toBuilder().setUnregistered(true).build()),
              verb);
      assertThat(list)
          .containsExactly(
              "fox | $2.00 | closed | 0.700 | $0.00 | 0 | -", "fox | $2.00 | manual | 0.700 | $0.00 | 0 | -", "fox | $2.00 | manual (unregistered) | 0.700 | $0.00 | 0 | -");
    }
  }
}
