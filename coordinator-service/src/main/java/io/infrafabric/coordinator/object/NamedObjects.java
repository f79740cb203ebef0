package io.infrafabric.coordinator.object;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.nats.ObjectBucket;
import io.infrafabric.names.Subjects;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Objects that a request names. They have to be there, and to stay until the request is done: one that has come near its end is made young
 * again, so that {@link ObjectExpiry} cannot take it between the look and the commit.
 */
public final class NamedObjects {
  private static final int TRIES = 3;

  private final Bus bus;
  private final Duration retention;
  private final InstantSource clock;
  private final Executor away = Threads.virtualPerTask("named-objects");

  public NamedObjects(Bus bus, ObjectSettings settings, InstantSource clock) {
    this.bus = bus;
    this.retention = settings.retention();
    this.clock = clock;
  }

  /** Done when the object is there with that size; fails with OBJECT_NOT_FOUND, or UNAVAILABLE. */
  public CompletableFuture<Void> exists(ObjectRef ref) {
    return CompletableFuture.runAsync(() -> look(ref), away);
  }

  /** The same for the payloads of tasks; what is no digest at all is left to those who check the specs. */
  public CompletableFuture<Void> exist(Collection<TaskSpec> specs) {
    ObjectRef[] named =
        specs.stream()
            .filter(TaskSpec::hasPayloadObject)
            .map(TaskSpec::getPayloadObject)
            .filter(ref -> ObjectRules.isDigest(ref.getSha256()))
            .distinct()
            .toArray(ObjectRef[]::new);
    if (named.length == 0) {
      return CompletableFuture.completedFuture(null);
    }
    return CompletableFuture.runAsync(
        () -> {
          for (ObjectRef ref : named) {
            look(ref);
          }
        },
        away);
  }

  private void look(ObjectRef ref) {
    ObjectBucket bucket = bus.bucket(Subjects.OBJECTS_BUCKET);
    for (int tries = 0; tries < TRIES; tries++) {
      Optional<ObjectBucket.Kept> there = bucket.find(ref.getSha256());
      if (there.filter(found -> found.sizeBytes() == ref.getSizeBytes()).isEmpty()) {
        String what = there.map(found -> "has " + found.sizeBytes() + " bytes, not " + ref.getSizeBytes()).orElse("is not in the object store");
        throw Refusal.of(ErrorCode.ERROR_CODE_OBJECT_NOT_FOUND, "object " + ref.getSha256() + " " + what).with("sha256", ref.getSha256()).asException();
      }
      boolean young = there.get().modified().isAfter(clock.instant().minus(retention.dividedBy(2)));
      if (young || bucket.renew(there.get())) {
        return;
      }
    }
    throw Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "object " + ref.getSha256() + " is changed all the time").asException();
  }
}
