package io.infrafabric.governor.registry;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.relay.Facts;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.ManifestRejection;
import io.infrafabric.kit.auth.RateLimit;
import io.infrafabric.kit.relay.Publisher;
import io.infrafabric.kit.telemetry.Counter;
import io.infrafabric.kit.telemetry.Metrics;
import io.infrafabric.kit.time.Times;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of manifests that were refused because of who vouches for them: each is counted, and ten a second are logged and published, so that
 * somebody who tries without end fills neither.
 */
public final class ManifestRejections {
  private static final Logger LOG = LoggerFactory.getLogger(ManifestRejections.class);
  private static final int TOLD_PER_SECOND = 10;
  private static final Set<ErrorCode> CODES =
      EnumSet.of(
          ErrorCode.ERROR_CODE_MANIFEST_UNSIGNED,
          ErrorCode.ERROR_CODE_MANIFEST_KEY_UNTRUSTED,
          ErrorCode.ERROR_CODE_MANIFEST_SIGNATURE_INVALID,
          ErrorCode.ERROR_CODE_MANIFEST_OUTDATED);

  private final Facts facts;
  private final Publisher publisher;
  private final InstantSource clock;
  private final Counter counted;
  private final Counter unpublished;
  private final RateLimit told = new RateLimit(TOLD_PER_SECOND, 1, System::nanoTime);
  private final AtomicLong untold = new AtomicLong();

  public ManifestRejections(Facts facts, Publisher publisher, Metrics metrics, InstantSource clock) {
    this.facts = facts;
    this.publisher = publisher;
    this.clock = clock;
    this.counted = metrics.counter("if.registry.manifests_rejected", "Manifests refused because of their signature or version");
    this.unpublished = metrics.counter("if.registry.rejections_unpublished", "Refused manifests whose fact could not be published");
  }

  /** A manifest was refused; only what concerns its signature or version is told. Returns at once. */
  void refused(Manifest manifest, Refusal refusal) {
    if (!CODES.contains(refusal.code())) {
      return;
    }
    counted.increment();
    if (told.take("").isPresent()) {
      untold.incrementAndGet();
      return;
    }
    ManifestRejection rejection =
        ManifestRejection.newBuilder()
            .setSwarmId(manifest.getSwarmId())
            .setReason(refusal.reason())
            .setDetail(refusal.message())
            .setKeyId(manifest.getSignature().getKeyId())
            .setAt(Times.toProto(clock.instant()))
            .setUntold(untold.getAndSet(0))
            .build();
    LOG.atWarn()
        .addKeyValue("swarm", rejection.getSwarmId())
        .addKeyValue("reason", rejection.getReason())
        .addKeyValue("key", rejection.getKeyId())
        .addKeyValue("untold", rejection.getUntold())
        .log("a manifest was refused");
    publisher
        .publish(facts.rejected(rejection))
        .whenComplete(
            (done, failure) -> {
              if (failure != null) {
                unpublished.increment();
              }
            });
  }
}
