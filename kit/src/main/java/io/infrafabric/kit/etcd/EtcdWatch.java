package io.infrafabric.kit.etcd;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchResponse;
import io.grpc.Status;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.CompactedException;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.TooFarBehindException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One watch on one prefix. It ends by itself, once, on the first error of jetcd, which never resumes after a compaction and
 * may stall silently without a leader: so it is asked for progress and taken for dead when nothing comes back.
 */
final class EtcdWatch implements Store.Watch {
  private final Store.WatchListener listener;
  private final long afterRevision;
  private final AtomicBoolean ended = new AtomicBoolean();
  private volatile io.etcd.jetcd.Watch.Watcher watcher;
  private volatile ScheduledFuture<?> pulse;
  private volatile long heardNanos = System.nanoTime();

  private EtcdWatch(long afterRevision, Store.WatchListener listener) {
    this.afterRevision = afterRevision;
    this.listener = listener;
  }

  static EtcdWatch open(
      Client client,
      EtcdSettings settings,
      ScheduledExecutorService timer,
      String prefix,
      long afterRevision,
      Store.WatchListener listener) {
    EtcdWatch watch = new EtcdWatch(afterRevision, listener);
    // One revision earlier than needed: a watch that begins exactly at a compacted revision is let in by etcd, but a delete of
    // that revision is gone without a word (seen on 3.4.23). From the one before it is refused as compacted.
    WatchOption option =
        WatchOption.builder()
            .withRange(EtcdEntries.endOf(prefix))
            .withRevision(Math.max(1, afterRevision))
            .withRequireLeader(true)
            .withProgressNotify(true)
            .build();
    watch.watcher =
        client.getWatchClient().watch(
            ByteSequence.from(ByteString.copyFromUtf8(prefix)),
            option,
            io.etcd.jetcd.Watch.listener(
                watch::heard, watch::broke, () -> watch.broke(new IllegalStateException("the watch was closed"))));
    long every = settings.progressEvery().toMillis();
    watch.pulse =
        timer.scheduleWithFixedDelay(
            () -> watch.checkPulse(settings.silence().toNanos()), every, every, TimeUnit.MILLISECONDS);
    if (watch.ended.get()) {
      watch.stop(); // it broke before there was a watcher to close
    }
    return watch;
  }

  private void heard(WatchResponse response) {
    heardNanos = System.nanoTime();
    if (ended.get() || response.getEvents().isEmpty()) {
      return;
    }
    List<Change> changes = new ArrayList<>(response.getEvents().size());
    for (WatchEvent event : response.getEvents()) {
      if (event.getKeyValue().getModRevision() <= afterRevision) {
        continue;
      }
      changes.add(
          event.getEventType() == WatchEvent.EventType.DELETE
              ? new Change.Deleted(
                  event.getKeyValue().getKey().toString(StandardCharsets.UTF_8), event.getKeyValue().getModRevision())
              : new Change.Written(EtcdEntries.entry(event.getKeyValue())));
    }
    if (!changes.isEmpty()) {
      listener.onChanges(changes);
    }
  }

  private void checkPulse(long silenceNanos) {
    if (System.nanoTime() - heardNanos > silenceNanos) {
      broke(new TimeoutException("no sign of life from the watch"));
      return;
    }
    try {
      watcher.requestProgress();
    } catch (RuntimeException failure) {
      broke(failure);
    }
  }

  private void broke(Throwable reason) {
    if (ended.compareAndSet(false, true)) {
      stop();
      listener.onBroken(told(reason));
    }
  }

  private static Throwable told(Throwable reason) {
    if (reason instanceof io.etcd.jetcd.common.exception.CompactedException compacted) {
      return new CompactedException(compacted.getCompactedRevision());
    }
    // etcd answers a watch that is behind with up to a thousand revisions at once, and jetcd cannot ask for them in parts.
    return EtcdFailures.code(reason) == Status.Code.RESOURCE_EXHAUSTED ? new TooFarBehindException(reason) : reason;
  }

  @Override
  public void close() {
    if (ended.compareAndSet(false, true)) {
      stop();
    }
  }

  private void stop() {
    if (pulse != null) {
      pulse.cancel(false);
    }
    if (watcher != null) {
      watcher.close();
    }
  }
}
