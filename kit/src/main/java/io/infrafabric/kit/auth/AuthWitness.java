package io.infrafabric.kit.auth;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.common.v1.AuthFailure;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.nats.EventHeaders;
import io.infrafabric.kit.telemetry.Counter;
import io.infrafabric.kit.telemetry.Metrics;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Subjects;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of calls that were refused at the door: each in a metric and to a listener, and so many a second as a line in the log and as a fact on JetStream, so
 * that somebody who knocks without end fills neither. What was left out is counted in the next fact.
 */
public final class AuthWitness {
  private static final Logger LOG = LoggerFactory.getLogger(AuthWitness.class);
  private static final int DETAIL_CHARACTERS = 400;

  private final String service;
  private final String instance;
  private final Bus bus;
  private final Metrics metrics;
  private final Counter unpublished;
  private final RateLimit told;
  private final RefusalListener listener;
  private final InstantSource clock;
  private final AtomicLong untold = new AtomicLong();

  /**
   * @param service such as coordinator
   * @param told how many a second are logged and published
   * @param listener hears of all of them
   */
  public AuthWitness(String service, String instance, Bus bus, Metrics metrics, RateLimit told, RefusalListener listener, InstantSource clock) {
    this.service = service;
    this.instance = instance;
    this.bus = bus;
    this.metrics = metrics;
    this.told = told;
    this.listener = listener;
    this.clock = clock;
    this.unpublished = metrics.counter("if.auth.unpublished", "Refusals at the door whose fact could not be published");
  }

  /**
   * A call was refused; returns at once.
   *
   * @param caller as far as a token says, whose signature was good
   */
  public void refused(String method, Refusal refusal, Optional<Principal> caller, TraceContext trace) {
    metrics.counter("if.auth.refused_" + refusal.reason().toLowerCase(Locale.ROOT), "Calls refused at the door with " + refusal.reason()).increment();
    listener.onRefused(method, refusal, caller, trace);
    if (told.take("").isPresent()) {
      untold.incrementAndGet();
      return;
    }
    AuthFailure failure = failure(method, refusal, caller, trace, untold.getAndSet(0));
    LOG.atWarn()
        .addKeyValue("method", method)
        .addKeyValue("reason", refusal.reason())
        .addKeyValue("detail", failure.getDetail())
        .addKeyValue("principal", failure.getPrincipal())
        .addKeyValue("role", failure.getRole())
        .addKeyValue("tokenId", failure.getTokenId())
        .addKeyValue("traceparent", trace.getTraceparent())
        .addKeyValue("untold", failure.getUntold())
        .log("a call was refused at the door");
    publish(failure, refusal.code(), trace);
  }

  private AuthFailure failure(String method, Refusal refusal, Optional<Principal> caller, TraceContext trace, long before) {
    Instant now = clock.instant();
    AuthFailure.Builder failure =
        AuthFailure.newBuilder()
            .setId(Ids.ulid(now.toEpochMilli()))
            .setOccurredAt(Times.toProto(now))
            .setInstance(instance)
            .setMethod(method)
            .setReason(refusal.reason())
            .setDetail(refusal.message().substring(0, Math.min(DETAIL_CHARACTERS, refusal.message().length())))
            .setUntold(before)
            .setTrace(trace);
    caller.ifPresent(
        one -> failure.setPrincipal(one.subject()).setRole(one.role().word()).setTokenId(one.tokenId()).setKeyId(one.keyId()));
    return failure.build();
  }

  private void publish(AuthFailure failure, ErrorCode code, TraceContext trace) {
    String type = "infrafabric.auth." + failure.getReason().toLowerCase(Locale.ROOT) + ".v1";
    EventHeaders headers = new EventHeaders(failure.getId(), type, "/" + service, clock.instant(), failure.getId(), trace);
    bus.publishDurable(Subjects.authFailure(code, failure.getId()), failure.getId(), headers.toMap(), json(failure))
        .whenComplete(
            (receipt, lost) -> {
              if (lost != null) {
                unpublished.increment();
              }
            });
  }

  private static byte[] json(AuthFailure failure) {
    try {
      return JsonFormat.printer().omittingInsignificantWhitespace().print(failure).getBytes(StandardCharsets.UTF_8);
    } catch (InvalidProtocolBufferException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
