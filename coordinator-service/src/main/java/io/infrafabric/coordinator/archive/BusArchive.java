package io.infrafabric.coordinator.archive;

import com.google.protobuf.ByteString;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.nats.StreamSpec;
import io.infrafabric.names.Headers;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.TaskId;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The archive as a stream with one message for each task, which JetStream itself forgets when its time has come. */
public final class BusArchive implements Archive {
  private static final String REVISION = "If-Revision";

  private final Bus bus;

  public BusArchive(Bus bus) {
    this.bus = bus;
  }

  /** The stream. */
  public static StreamSpec stream(ArchiveSettings settings) {
    return StreamSpec.of(Subjects.ARCHIVE_STREAM, settings.keep(), Subjects.ARCHIVE).maxPerSubject(1).maxBytes(settings.maxBytes());
  }

  @Override
  public CompletableFuture<Void> keep(TaskId task, long revision, ByteString record) {
    Map<String, String> headers = Map.of(REVISION, Long.toString(revision), Headers.CONTENT_TYPE, Headers.PROTOBUF);
    return bus.publishDurable(Subjects.archived(task), task + ":" + revision, headers, record.toByteArray()).thenApply(receipt -> null);
  }

  @Override
  public CompletableFuture<Optional<Kept>> find(TaskId task) {
    return bus.last(Subjects.ARCHIVE_STREAM, Subjects.archived(task))
        .thenApply(
            message ->
                message.map(
                    kept -> new Kept(Long.parseLong(kept.headers().get(REVISION)), ByteString.copyFrom(kept.body()))));
  }
}
