package io.infrafabric.cli.ifctl;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.stub.StreamObserver;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.BreakerEvent;
import io.infrafabric.governor.v1.BreakerEventType;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.BreakerServiceGrpc;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.CapabilityBreaker;
import io.infrafabric.governor.v1.GetBreakerRequest;
import io.infrafabric.governor.v1.GetBreakerResponse;
import io.infrafabric.governor.v1.ListBreakersRequest;
import io.infrafabric.governor.v1.ListBreakersResponse;
import io.infrafabric.governor.v1.ResetRequest;
import io.infrafabric.governor.v1.ResetResponse;
import io.infrafabric.governor.v1.TripRequest;
import io.infrafabric.governor.v1.TripResponse;
import io.infrafabric.governor.v1.WatchBreakersRequest;
import io.infrafabric.governor.v1.WatchBreakersResponse;
import io.infrafabric.kit.grpc.GrpcServer;
import io.infrafabric.kit.grpc.Replies;
import io.infrafabric.kit.time.Times;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BreakerVerbsTest {
  private static final Breaker FOX =
      Breaker.newBuilder()
          .setSwarmId("fox")
          .setState(BreakerState.BREAKER_STATE_CLOSED)
          .addCapabilities(
              CapabilityBreaker.newBuilder()
                  .setCapability("code:java")
                  .setState(BreakerState.BREAKER_STATE_OPEN)
                  .setReason(BreakerReason.BREAKER_REASON_REPEATED_FAILURES)
                  .setSince(Times.toProto(Instant.parse("2026-03-01T12:00:00Z")))
                  .setHalfOpenAt(Times.toProto(Instant.parse("2026-03-01T12:10:00Z")))
                  .setReopened(1)
                  .setDetail("3 claims have failed"))
          .addCapabilities(CapabilityBreaker.newBuilder().setCapability("code:go").setState(BreakerState.BREAKER_STATE_CLOSED))
          .addEvents(
              BreakerEvent.newBuilder()
                  .setType(BreakerEventType.BREAKER_EVENT_TYPE_OPENED)
                  .setCapability("code:java")
                  .setReason(BreakerReason.BREAKER_REASON_REPEATED_FAILURES)
                  .setDetail("3 claims have failed"))
          .build();

  private final List<TripRequest> trips = new CopyOnWriteArrayList<>();
  private final List<ResetRequest> resets = new CopyOnWriteArrayList<>();

  private final GrpcServer server =
      GrpcServer.Builder.of("scripted")
          .service(
              new BreakerServiceGrpc.BreakerServiceImplBase() {
                @Override
                public void getBreaker(GetBreakerRequest request, StreamObserver<GetBreakerResponse> observer) {
                  Replies.reply(
                      observer,
                      () -> {
                        if (!request.getSwarmId().equals("fox")) {
                          throw Refusal.of(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, "there is none").asException();
                        }
                        return GetBreakerResponse.newBuilder().setBreaker(FOX).build();
                      });
                }

                @Override
                public void listBreakers(ListBreakersRequest request, StreamObserver<ListBreakersResponse> observer) {
                  Replies.reply(observer, () -> ListBreakersResponse.newBuilder().addBreakers(FOX).build());
                }

                @Override
                public void watchBreakers(WatchBreakersRequest request, StreamObserver<WatchBreakersResponse> observer) {
                  observer.onNext(WatchBreakersResponse.newBuilder().setBreaker(FOX).build());
                  observer.onCompleted();
                }

                @Override
                public void trip(TripRequest request, StreamObserver<TripResponse> observer) {
                  trips.add(request);
                  Replies.reply(observer, () -> TripResponse.newBuilder().setBreaker(FOX).build());
                }

                @Override
                public void reset(ResetRequest request, StreamObserver<ResetResponse> observer) {
                  resets.add(request);
                  Replies.reply(observer, () -> ResetResponse.newBuilder().setBreaker(FOX).build());
                }
              })
          .build()
          .start();

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void breakers_areShownWithThoseOfCapabilitiesThatAreNotClosed() {
    for (String[] verb : new String[][] {{"breaker", "list"}, {"breaker", "get", "fox"}}) {
      assertThat(Said.ifctl(server, verb).rows())
          .containsExactly(
              "SWARM | CAPABILITY | STATE | REASON | SINCE | REOPENED | PROBE AT | BY | DETAIL",
              "fox | - | closed | - | - | 0 | - | - | -",
              "fox | code:java | open | repeated failures | 2026-03-01T12:00:00Z | 1 | 2026-03-01T12:10:00Z | - | 3 claims have failed");
    }
    assertThat(Said.ifctl(server, "-o", "jsonl", "breaker", "get", "fox").out()).contains("\"swarmId\":\"fox\"", "\"reopened\":1");
    assertThat(Said.ifctl(server, "breaker", "get", "owl").exitCode()).isEqualTo(6);
  }

  @Test
  void watch_saysWhatHasHappened() {
    assertThat(Said.ifctl(server, "breaker", "watch").out().strip()).isEqualTo("fox  opened for code:java (repeated failures): 3 claims have failed");
    assertThat(Said.ifctl(server, "-o", "jsonl", "breaker", "watch").out()).contains("\"BREAKER_EVENT_TYPE_OPENED\"");
  }

  @Test
  void openAndReset_nameTheCapability_andThePerson() {
    assertThat(Said.ifctl(server, "breaker", "open", "fox", "--capability", "code:java", "--by", "ada", "--reason", "odd").exitCode()).isZero();
    assertThat(Said.ifctl(server, "breaker", "trip", "fox", "--by", "ada", "--reason", "odd").exitCode()).as("its older name").isZero();
    assertThat(trips).extracting(TripRequest::getCapability, TripRequest::getPrincipal).containsExactly(
        org.assertj.core.groups.Tuple.tuple("code:java", "ada"), org.assertj.core.groups.Tuple.tuple("", "ada"));
    assertThat(Said.ifctl(server, "breaker", "reset", "fox", "--capability", "code:java", "--by", "ada", "--reason", "ok").exitCode()).isZero();
    assertThat(resets).extracting(ResetRequest::getCapability).containsExactly("code:java");
    assertThat(Said.ifctl(server, "breaker", "reset", "fox", "--by", "ada").exitCode()).as("without a reason").isEqualTo(2);
  }
}
