package io.infrafabric.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.CloseSessionRequest;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.WatchOffersRequest;
import io.infrafabric.coordinator.v1.WatchOffersResponse;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.infrafabric.testkit.store.MemoryStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** WatchOffers on gRPC: flow control, resuming, and the end of the session. */
class WatchOffersTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  private final CoordinatorFixture fixture = CoordinatorFixture.inMemory(new MemoryStore());
  private String session;

  @BeforeEach
  void register() {
    session = fixture.swarm(Samples.standing("s1", "a:b"));
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  /** A client that reads only as much as it asks for. */
  private static final class Watcher implements ClientResponseObserver<WatchOffersRequest, WatchOffersResponse> {
    final List<WatchOffersResponse> heard = new CopyOnWriteArrayList<>();
    volatile Optional<Refusal> end = Optional.empty();
    private final boolean slow;
    private ClientCallStreamObserver<WatchOffersRequest> call;

    Watcher(boolean slow) {
      this.slow = slow;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<WatchOffersRequest> stream) {
      call = stream;
      if (slow) {
        stream.disableAutoRequestWithInitial(1);
      }
    }

    void read(int messages) {
      call.request(messages);
    }

    void cancel() {
      call.cancel("enough", null);
    }

    @Override
    public void onNext(WatchOffersResponse response) {
      heard.add(response);
    }

    @Override
    public void onError(Throwable failure) {
      end = Errors.refusalOf(failure);
    }

    @Override
    public void onCompleted() {}

    List<String> tasks() {
      return heard.stream().map(response -> response.getMissed() ? "missed" : response.getOffer().getTaskId()).toList();
    }
  }

  private Watcher watch(long after, boolean slow) {
    Watcher watcher = new Watcher(slow);
    fixture.claimStreams.watchOffers(
        WatchOffersRequest.newBuilder().setSwarmId("s1").setSessionId(session).setResumeAfterSequence(after).build(), watcher);
    return watcher;
  }

  private void ring(String task) {
    try {
      byte[] offer = JsonFormat.printer().print(Offer.newBuilder().setTaskId(task).setSwarmId("s1")).getBytes(StandardCharsets.UTF_8);
      fixture.bus.publishDurable(Subjects.offer(new SwarmId("s1")), task, Map.of(), offer).join();
    } catch (InvalidProtocolBufferException impossible) {
      throw new AssertionError(impossible);
    }
  }

  @Test
  void offers_areReplayedAfterThePlace_andThenLive() {
    ring("t1");
    ring("t2");
    Watcher first = watch(0, false);
    await().atMost(SOON).until(() -> first.tasks().equals(List.of("t1", "t2")));
    first.cancel();
    ring("t3");
    Watcher again = watch(first.heard.getLast().getSequence(), false);
    await().atMost(SOON).until(() -> again.tasks().equals(List.of("t3")));
    ring("t4");
    await().atMost(SOON).until(() -> again.tasks().equals(List.of("t3", "t4")));
  }

  @Test
  void clientThatDoesNotRead_isSentNothing_andHearsAfterwardsThatItMissed() {
    ring("t0");
    Watcher slow = watch(0, true);
    await().atMost(SOON).until(() -> slow.tasks().equals(List.of("t0")));
    IntStream.rangeClosed(1, 500).forEach(i -> ring("t" + i));
    await().atMost(SOON).until(fixture.bus::isQuiet);
    assertThat(slow.heard).hasSize(1);
    fixture.bus.letGo(Subjects.OFFERS_STREAM);
    ring("last");
    slow.read(1_000);
    await().atMost(SOON).until(() -> slow.tasks().getLast().equals("last"));
    assertThat(slow.tasks()).contains("missed");
    assertThat(slow.heard.size()).as("no more than what was under way and what is kept").isLessThan(200);
  }

  @Test
  void watch_endsWithItsSession() {
    Watcher watcher = watch(0, false);
    ring("t1");
    await().atMost(SOON).until(() -> watcher.heard.size() == 1);
    fixture.sessions.closeSession(CloseSessionRequest.newBuilder().setRequestId("close").setSwarmId("s1").setSessionId(session).build());
    await().atMost(SOON).until(() -> watcher.end.isPresent());
    assertThat(watcher.end.get().code()).isEqualTo(ErrorCode.ERROR_CODE_SESSION_NOT_FOUND);
  }

  @Test
  void watchOfAnother_isRefused() {
    fixture.swarm(Samples.standing("s2", "a:b"));
    Watcher watcher = new Watcher(false);
    fixture.claimStreams.watchOffers(WatchOffersRequest.newBuilder().setSwarmId("s2").setSessionId(session).build(), watcher);
    await().atMost(SOON).until(() -> watcher.end.isPresent());
    assertThat(watcher.end.get().code()).isEqualTo(ErrorCode.ERROR_CODE_SESSION_NOT_FOUND);
  }

  @Test
  void malformedRequest_isRefused() {
    Watcher negative = watch(-1, false);
    await().atMost(SOON).until(() -> negative.end.isPresent());
    assertThat(negative.end.get().code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
    Watcher nobody = new Watcher(false);
    fixture.claimStreams.watchOffers(WatchOffersRequest.newBuilder().setSwarmId("s.1").setSessionId(session).build(), nobody);
    await().atMost(SOON).until(() -> nobody.end.isPresent());
    assertThat(nobody.end.get().code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ID);
  }
}
