package io.infrafabric.kit.etcd;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.Event;
import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchGrpc;
import io.etcd.jetcd.api.WatchProgressRequest;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.CompactedException;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.TooFarBehindException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One watch on one prefix, a stream of etcd's own. It ends by itself, once, with its first failure, and may stall silently without a
 * leader: so it is asked for progress and taken for dead when nothing comes back. The listener is told on the channel's thread: jetcd's
 * watch wakes two more threads for each change.
 */
final class EtcdWatch implements Store.Watch {
  private static final WatchRequest PROGRESS =
      WatchRequest.newBuilder().setProgressRequest(WatchProgressRequest.getDefaultInstance()).build();

  /** A member without a leader ends the watch instead of being silent. */
  private static final Metadata REQUIRE_LEADER = requireLeader();

  private final Store.WatchListener listener;
  private final long afterRevision;
  private volatile long heardNanos = System.nanoTime();
  private ScheduledFuture<?> pulse;
  private ClientCall<WatchRequest, WatchResponse> call;
  private StreamObserver<WatchRequest> requests;
  private boolean ended;

  private EtcdWatch(long afterRevision, Store.WatchListener listener) {
    this.afterRevision = afterRevision;
    this.listener = listener;
  }

  /**
   * Watches from now on.
   *
   * @param channel to etcd; when it fails, the watch is broken
   */
  static EtcdWatch open(
      CompletableFuture<Channel> channel,
      EtcdSettings settings,
      ScheduledExecutorService timer,
      String prefix,
      long afterRevision,
      Store.WatchListener listener) {
    EtcdWatch watch = new EtcdWatch(afterRevision, listener);
    watch.look(timer, settings);
    channel.whenComplete(
        (found, failure) -> {
          if (failure == null) {
            watch.begin(found, prefix);
          } else {
            watch.broke(failure);
          }
        });
    return watch;
  }

  private synchronized void look(ScheduledExecutorService timer, EtcdSettings settings) {
    long every = settings.progressEvery().toMillis();
    pulse = timer.scheduleWithFixedDelay(() -> checkPulse(settings.silence().toNanos()), every, every, TimeUnit.MILLISECONDS);
  }

  /** Outside of the call that is being served, which it outlives. */
  private void begin(Channel channel, String prefix) {
    Context served = Context.ROOT.attach();
    try {
      create(channel, prefix);
    } finally {
      Context.ROOT.detach(served);
    }
  }

  private synchronized void create(Channel channel, String prefix) {
    if (ended) {
      return;
    }
    call =
        ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(REQUIRE_LEADER))
            .newCall(WatchGrpc.getWatchMethod(), EtcdTxns.ON_THE_CHANNELS_THREAD);
    requests = ClientCalls.asyncBidiStreamingCall(call, new Responses());
    // One revision earlier than needed: a watch that begins exactly at a compacted revision is let in by etcd, but a delete of
    // that revision is gone without a word (seen on 3.4.23). From the one before it is refused as compacted.
    requests.onNext(
        WatchRequest.newBuilder()
            .setCreateRequest(
                WatchCreateRequest.newBuilder()
                    .setKey(ByteString.copyFromUtf8(prefix))
                    .setRangeEnd(ByteString.copyFrom(EtcdEntries.endOf(prefix).getBytes()))
                    .setStartRevision(Math.max(1, afterRevision))
                    .setProgressNotify(true))
            .build());
  }

  private final class Responses implements StreamObserver<WatchResponse> {
    @Override
    public void onNext(WatchResponse response) {
      heard(response);
    }

    @Override
    public void onError(Throwable failure) {
      broke(failure);
    }

    @Override
    public void onCompleted() {
      broke(new IllegalStateException("the watch was closed"));
    }
  }

  private void heard(WatchResponse response) {
    heardNanos = System.nanoTime();
    if (response.getCompactRevision() != 0) {
      broke(new CompactedException(response.getCompactRevision()));
    } else if (response.getCanceled()) {
      broke(Status.UNAVAILABLE.withDescription("etcd has ended the watch: " + response.getCancelReason()).asRuntimeException());
    } else if (response.getEventsCount() > 0 && !isEnded()) {
      tell(response.getEventsList());
    }
  }

  private void tell(List<Event> events) {
    List<Change> changes = new ArrayList<>(events.size());
    for (Event event : events) {
      if (event.getKv().getModRevision() > afterRevision) {
        changes.add(
            event.getType() == Event.EventType.DELETE
                ? new Change.Deleted(event.getKv().getKey().toStringUtf8(), event.getKv().getModRevision())
                : new Change.Written(EtcdEntries.entry(event.getKv())));
      }
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
      askForProgress();
    } catch (RuntimeException failure) {
      broke(failure);
    }
  }

  private synchronized void askForProgress() {
    if (!ended && requests != null) {
      requests.onNext(PROGRESS);
    }
  }

  private void broke(Throwable reason) {
    if (end()) {
      // etcd answers a watch that is behind with up to a thousand revisions at once, and they may be more than a message may hold.
      listener.onBroken(EtcdFailures.code(reason) == Status.Code.RESOURCE_EXHAUSTED ? new TooFarBehindException(reason) : reason);
    }
  }

  @Override
  public void close() {
    end();
  }

  private synchronized boolean isEnded() {
    return ended;
  }

  /** True for whoever ended it. */
  private synchronized boolean end() {
    if (ended) {
      return false;
    }
    ended = true;
    pulse.cancel(false);
    if (call != null) {
      call.cancel("the watch is closed", null);
    }
    return true;
  }

  private static Metadata requireLeader() {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER), "true");
    return headers;
  }
}
