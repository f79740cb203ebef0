package io.infrafabric.chassis.work;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.chassis.v1.Execution;
import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.nats.EventHeaders;
import io.infrafabric.kit.telemetry.Counter;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Subjects;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes what was measured. Facts wait here while NATS is away, in a queue of which the newest are dropped when it is full;
 * each goes out under its claim's id, so that it is kept once however often it is sent.
 */
public final class ExecutionFacts {
  private static final Logger log = LoggerFactory.getLogger(ExecutionFacts.class);
  private static final int WAITING = 10_000;
  private static final int AT_ONCE = 256;

  private record Fact(Execution execution, TraceContext trace) {}

  private final Bus bus;
  private final Counter dropped;
  private final BlockingQueue<Fact> waiting = new ArrayBlockingQueue<>(WAITING);
  private Runnable hint = () -> {};
  /** While NATS is away each fact would only be one more failure: whoever drives this comes again by itself. */
  private volatile boolean away;

  /**
   * @param dropped counts the facts that were lost
   */
  public ExecutionFacts(Bus bus, Counter dropped) {
    this.bus = bus;
    this.dropped = dropped;
  }

  /** What to call when there is something to send. */
  public void onWaiting(Runnable wake) {
    hint = wake;
  }

  /** Takes a fact over. */
  void add(Execution execution, TraceContext trace) {
    if (!waiting.offer(new Fact(execution, trace))) {
      dropped.increment();
      log.atWarn().addKeyValue("task", execution.getTaskId()).log("a measured execution is not published, too many wait");
    }
    if (!away) {
      hint.run();
    }
  }

  /** Sends what waits, and keeps what was not taken. */
  public void runOnce() throws Exception {
    while (!waiting.isEmpty()) {
      var sending = new java.util.ArrayList<Fact>();
      waiting.drainTo(sending, AT_ONCE);
      var answers = sending.stream().map(this::send).toList();
      Exception last = null;
      for (int i = 0; i < answers.size(); i++) {
        try {
          answers.get(i).get(10, TimeUnit.SECONDS);
        } catch (InterruptedException stopped) {
          throw stopped;
        } catch (Exception notTaken) {
          last = notTaken;
          if (!waiting.offer(sending.get(i))) {
            dropped.increment();
          }
        }
      }
      away = last != null;
      if (away) {
        throw last;
      }
    }
  }

  private CompletableFuture<?> send(Fact fact) {
    Execution execution = fact.execution();
    String id = execution.getClaimId();
    EventHeaders headers =
        new EventHeaders(
            id,
            "infrafabric.execution.measured.v1",
            "/chassis",
            Times.toInstant(execution.getAt()),
            execution.getTaskId(),
            fact.trace());
    return bus.publishDurable(
        Subjects.event("execution", "measured", execution.getTaskId()), id, headers.toMap(), json(execution));
  }

  private static byte[] json(Execution execution) {
    try {
      return JsonFormat.printer().omittingInsignificantWhitespace().print(execution).getBytes(StandardCharsets.UTF_8);
    } catch (InvalidProtocolBufferException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
