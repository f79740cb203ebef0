package io.infrafabric.scenarios;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.error.RefusedException;
import io.infrafabric.kit.time.Times;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * One swarm of a load: keeps a session, claims what it is offered and, when nothing is, whatever is next, reports that it is at
 * it, and completes it.
 * Loses its session when it has to and opens another.
 */
final class BusySwarm {
  private static final Duration SESSION = Duration.ofSeconds(10);
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(3);
  private static final Duration IDLE = Duration.ofMillis(250);

  /** Another was faster, or there is nothing to do: an ordinary day. */
  private static final Set<ErrorCode> NOT_FOR_ME =
      EnumSet.of(
          ErrorCode.ERROR_CODE_NO_TASK_READY,
          ErrorCode.ERROR_CODE_ALREADY_CLAIMED,
          ErrorCode.ERROR_CODE_TASK_NOT_READY,
          ErrorCode.ERROR_CODE_TASK_ENDED,
          ErrorCode.ERROR_CODE_AT_CAPACITY,
          ErrorCode.ERROR_CODE_SETTLEMENT_BACKLOG);

  /** The claim went to somebody else while it was held. */
  private static final Set<ErrorCode> NO_LONGER_MINE =
      EnumSet.of(ErrorCode.ERROR_CODE_STALE_FENCE, ErrorCode.ERROR_CODE_NOT_THE_HOLDER, ErrorCode.ERROR_CODE_TASK_ENDED);

  private final String id;
  private final FabricClient fabric;
  private final LoadLog log;
  private final Patience patience;
  private final CountDownLatch stop;
  private final double hearing;
  private final Random random;
  private final BlockingQueue<String> offers = new ArrayBlockingQueue<>(256);
  private volatile String session = "";

  /**
   * @param hearing share of its offers that it notices
   */
  BusySwarm(String id, FabricClient fabric, LoadLog log, CountDownLatch stop, CountDownLatch givenUp, double hearing) {
    this.id = id;
    this.fabric = fabric;
    this.log = log;
    this.patience = new Patience(log, givenUp);
    this.stop = stop;
    this.hearing = hearing;
    this.random = new Random(id.hashCode());
  }

  String id() {
    return id;
  }

  /** Its doorbell rings. */
  void onOffer(byte[] body) {
    Offer.Builder offer = Offer.newBuilder();
    try {
      JsonFormat.parser().merge(new String(body, StandardCharsets.UTF_8), offer);
    } catch (InvalidProtocolBufferException unreadable) {
      log.surprise("an offer that cannot be read: " + unreadable.getMessage());
      return;
    }
    log.offered();
    if (random.nextDouble() < hearing) {
      offers.offer(offer.getTaskId());
    }
  }

  /** Opens the first session. */
  void open() throws InterruptedException {
    OpenSessionRequest request =
        OpenSessionRequest.newBuilder()
            .setRequestId(FabricClient.request())
            .setSwarmId(id)
            .setTtl(Times.toProto(SESSION))
            .setReplace(true)
            .build();
    session = patience.untilAnswered("OpenSession", () -> fabric.sessions().openSession(request)).getSessionId();
  }

  /** Works until told to stop; what it holds is completed first. */
  void work() throws InterruptedException {
    while (stop.getCount() > 0) {
      Optional<Claim> claim = next();
      if (claim.isPresent()) {
        log.claimed();
        complete(claim.get());
      }
    }
  }

  /** Says that it lives until told to stop. */
  void keepAlive() throws InterruptedException {
    while (!stop.await(KEEP_ALIVE.toMillis(), TimeUnit.MILLISECONDS)) {
      KeepAliveRequest request =
          KeepAliveRequest.newBuilder().setRequestId(FabricClient.request()).setSwarmId(id).setSessionId(session).build();
      try {
        patience.untilAnswered("KeepAlive", () -> fabric.sessions().keepAlive(request));
      } catch (RefusedException refused) {
        onRefused("KeepAlive", refused, Set.of());
      }
    }
  }

  private Optional<Claim> next() throws InterruptedException {
    String offered = offers.poll(IDLE.toMillis(), TimeUnit.MILLISECONDS);
    String request = FabricClient.request();
    String under = session;
    try {
      return Optional.of(offered == null ? claimNext(request, under) : claim(request, under, offered));
    } catch (RefusedException refused) {
      onRefused(offered == null ? "ClaimNext" : "ClaimTask", refused, NOT_FOR_ME);
      return Optional.empty();
    }
  }

  private Claim claim(String request, String under, String task) throws InterruptedException {
    ClaimTaskRequest sent =
        ClaimTaskRequest.newBuilder().setRequestId(request).setTaskId(task).setSwarmId(id).setSessionId(under).build();
    return patience.untilAnswered("ClaimTask", () -> fabric.claims().claimTask(sent)).getClaim();
  }

  private Claim claimNext(String request, String under) throws InterruptedException {
    ClaimNextRequest sent = ClaimNextRequest.newBuilder().setRequestId(request).setSwarmId(id).setSessionId(under).build();
    return patience.untilAnswered("ClaimNext", () -> fabric.claims().claimNext(sent)).getClaim();
  }

  private void complete(Claim claim) throws InterruptedException {
    long costMicros = Load.costMicros(claim.getTaskId());
    ReportProgressRequest half =
        ReportProgressRequest.newBuilder()
            .setRequestId(FabricClient.request())
            .setTaskId(claim.getTaskId())
            .setSwarmId(id)
            .setFence(claim.getFence())
            .setPercent(50)
            .build();
    CompleteTaskRequest all =
        CompleteTaskRequest.newBuilder()
            .setRequestId(FabricClient.request())
            .setTaskId(claim.getTaskId())
            .setSwarmId(id)
            .setFence(claim.getFence())
            .setResult(ByteString.copyFromUtf8("by " + id))
            .setCostMicros(costMicros)
            .build();
    try {
      patience.untilAnswered("ReportProgress", () -> fabric.claims().reportProgress(half));
      patience.untilAnswered("CompleteTask", () -> fabric.claims().completeTask(all));
      log.completed(claim, costMicros);
    } catch (RefusedException refused) {
      onRefused("ReportProgress or CompleteTask", refused, NO_LONGER_MINE);
      log.lost(claim);
    }
  }

  private void onRefused(String call, RefusedException refused, Set<ErrorCode> expected) throws InterruptedException {
    ErrorCode code = refused.refusal().code();
    if (code == ErrorCode.ERROR_CODE_SESSION_NOT_FOUND) {
      reopen();
    } else if (!expected.contains(code)) {
      log.surprise(call + " of " + id + ": " + code + " " + refused.getMessage());
    }
  }

  /** Both loops may find that the session is gone; the second finds the new one. */
  private synchronized void reopen() throws InterruptedException {
    KeepAliveRequest request =
        KeepAliveRequest.newBuilder().setRequestId(FabricClient.request()).setSwarmId(id).setSessionId(session).build();
    try {
      patience.untilAnswered("KeepAlive", () -> fabric.sessions().keepAlive(request));
    } catch (RefusedException gone) {
      open();
    }
  }
}
