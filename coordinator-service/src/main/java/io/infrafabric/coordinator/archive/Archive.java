package io.infrafabric.coordinator.archive;

import com.google.protobuf.ByteString;
import io.infrafabric.names.TaskId;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Where the records of archived tasks are. Futures fail with a {@code RefusedException}, UNAVAILABLE as a rule. */
public interface Archive {
  /** Keeps a task record; done when it is safe. The same revision again changes nothing. */
  CompletableFuture<Void> keep(TaskId task, long revision, ByteString record);

  /** The task record that was kept last, and its revision; empty when there is none (any more). */
  CompletableFuture<Optional<Kept>> find(TaskId task);

  /** A record as it was in etcd. */
  record Kept(long revision, ByteString record) {}
}
