package io.infrafabric.coordinator.claim;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.nats.Objects;
import io.infrafabric.names.Subjects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Results that are too large for a record: the coordinator never has their content, it only sees that it is there. */
public final class ResultObjects {
  private final Bus bus;

  public ResultObjects(Bus bus) {
    this.bus = bus;
  }

  /** Done when the object is in the store with that size; fails with OBJECT_NOT_FOUND, or UNAVAILABLE. */
  CompletableFuture<Void> exists(ObjectRef ref) {
    return Objects.size(bus, Subjects.OBJECTS_BUCKET, ref.getSha256()).thenCompose(size -> judge(ref, size));
  }

  private static CompletableFuture<Void> judge(ObjectRef ref, Optional<Long> size) {
    if (size.filter(there -> there == ref.getSizeBytes()).isPresent()) {
      return CompletableFuture.completedFuture(null);
    }
    String what = size.map(there -> "has " + there + " bytes, not " + ref.getSizeBytes()).orElse("is not in the object store");
    return CompletableFuture.failedFuture(
        Refusal.of(ErrorCode.ERROR_CODE_OBJECT_NOT_FOUND, "object " + ref.getSha256() + " " + what).with("sha256", ref.getSha256()).asException());
  }
}
