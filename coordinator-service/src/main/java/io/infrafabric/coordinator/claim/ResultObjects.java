package io.infrafabric.coordinator.claim;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.nats.ObjectBucket;
import io.infrafabric.names.Subjects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Results that are too large for a record: a task is only completed with an object that is there. */
public final class ResultObjects {
  private final Bus bus;
  private final Executor away = Threads.virtualPerTask("result-objects");

  public ResultObjects(Bus bus) {
    this.bus = bus;
  }

  /** Done when the object is in the store with that size; fails with OBJECT_NOT_FOUND, or UNAVAILABLE. */
  CompletableFuture<Void> exists(ObjectRef ref) {
    return CompletableFuture.runAsync(() -> judge(ref, bus.bucket(Subjects.OBJECTS_BUCKET).find(ref.getSha256())), away);
  }

  private static void judge(ObjectRef ref, Optional<ObjectBucket.Kept> there) {
    if (there.filter(found -> found.sizeBytes() == ref.getSizeBytes()).isPresent()) {
      return;
    }
    String what = there.map(found -> "has " + found.sizeBytes() + " bytes, not " + ref.getSizeBytes()).orElse("is not in the object store");
    throw Refusal.of(ErrorCode.ERROR_CODE_OBJECT_NOT_FOUND, "object " + ref.getSha256() + " " + what).with("sha256", ref.getSha256()).asException();
  }
}
