package io.infrafabric.kit.etcd;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.GetOption;
import io.grpc.Context;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.LeaseGoneException;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Snapshot;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.Upkeep;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * The store on etcd. A group is one outer transaction of nested ones, each with its own compares, then-writes and else-reads
 * (docs/adr/0001). Nothing is retried here: whoever sends a transaction again does it knowingly.
 */
public final class EtcdStore implements Store, Upkeep {
  /** Ranges of a list that begin in one request; etcd takes 128 operations. */
  private static final int RANGES = 32;

  private final EtcdSettings settings;
  private final EtcdConnection connection;
  private final EtcdDeadlines deadlines;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon(true).name("etcd-timer").factory());

  /** Opens a connection; etcd need not be there yet. */
  public EtcdStore(EtcdSettings settings) {
    this.settings = settings;
    this.connection = new EtcdConnection(settings);
    this.deadlines = EtcdDeadlines.start(settings.callTimeout(), timer);
  }

  @Override
  public CompletableFuture<List<Outcome>> commit(List<Txn> batch) {
    TxnRequest request = EtcdTxns.request(batch);
    return call(client -> connection.send(request))
        .handle((response, failure) -> failure == null ? EtcdTxns.outcomes(batch, response) : failed(batch.size(), failure));
  }

  private static List<Outcome> failed(int size, Throwable failure) {
    Outcome outcome;
    if (EtcdFailures.leaseIsGone(failure)) {
      outcome = new Outcome.Invalid(new LeaseGoneException(failure));
    } else if (EtcdFailures.isInvalid(failure)) {
      outcome = new Outcome.Invalid(failure);
    } else {
      outcome = new Outcome.Unknown(failure, !EtcdFailures.neverSent(failure));
    }
    return Collections.nCopies(size, outcome);
  }

  @Override
  public CompletableFuture<Snapshot> list(List<String> prefixes) {
    List<Entry> entries = Collections.synchronizedList(new ArrayList<>());
    if (prefixes.size() == 1) {
      return one(prefixes.getFirst(), entries);
    }
    // The first read fixes the revision of all others.
    return call(client -> client.getKVClient().get(bytes(prefixes.getFirst()), GetOption.builder().withCountOnly(true).build()))
        .thenCompose(
            first -> {
              long revision = first.getHeader().getRevision();
              CompletableFuture<Void> all = CompletableFuture.completedFuture(null);
              for (int from = 0; from < prefixes.size(); from += RANGES) {
                List<String> some = prefixes.subList(from, Math.min(prefixes.size(), from + RANGES));
                all = all.thenCompose(done -> heads(some, revision, entries));
              }
              return all.thenApply(done -> new Snapshot(revision, List.copyOf(entries)));
            });
  }

  /** Reads one range: its first page fixes the revision of the others. */
  private CompletableFuture<Snapshot> one(String prefix, List<Entry> into) {
    GetOption first = GetOption.builder().withRange(EtcdEntries.endOf(prefix)).withLimit(settings.pageSize()).build();
    return call(client -> client.getKVClient().get(bytes(prefix), first))
        .thenCompose(
            page -> {
              long revision = page.getHeader().getRevision();
              page.getKvs().forEach(kv -> into.add(EtcdEntries.entry(kv)));
              CompletableFuture<Void> rest =
                  page.isMore() ? page(prefix, after(page.getKvs().getLast().getKey()), revision, into) : CompletableFuture.completedFuture(null);
              return rest.thenApply(done -> new Snapshot(revision, List.copyOf(into)));
            });
  }

  /**
   * Reads the beginning of some ranges in one request, and on where there is more. A list of many short ranges would take as
   * many requests, and never end where etcd is compacted meanwhile: all of it is read at one revision.
   */
  private CompletableFuture<Void> heads(List<String> prefixes, long revision, List<Entry> into) {
    int each = Math.max(1, settings.pageSize() / prefixes.size());
    Op[] reads = prefixes.stream().map(prefix -> Op.get(bytes(prefix), page(prefix, revision, each))).toArray(Op[]::new);
    return call(client -> client.getKVClient().txn().Then(reads).commit())
        .thenCompose(
            response -> {
              CompletableFuture<Void> rest = CompletableFuture.completedFuture(null);
              for (int i = 0; i < reads.length; i++) {
                GetResponse head = response.getGetResponses().get(i);
                head.getKvs().forEach(kv -> into.add(EtcdEntries.entry(kv)));
                if (head.isMore()) {
                  String prefix = prefixes.get(i);
                  rest = rest.thenCompose(done -> page(prefix, after(head.getKvs().getLast().getKey()), revision, into));
                }
              }
              return rest;
            });
  }

  private static GetOption page(String prefix, long revision, int limit) {
    return GetOption.builder().withRange(EtcdEntries.endOf(prefix)).withLimit(limit).withRevision(revision).build();
  }

  private CompletableFuture<Void> page(String prefix, ByteSequence from, long revision, List<Entry> into) {
    GetOption option = page(prefix, revision, settings.pageSize());
    return call(client -> client.getKVClient().get(from, option))
        .thenCompose(
            page -> {
              page.getKvs().forEach(kv -> into.add(EtcdEntries.entry(kv)));
              if (!page.isMore()) {
                return CompletableFuture.completedFuture(null);
              }
              return page(prefix, after(page.getKvs().getLast().getKey()), revision, into);
            });
  }

  private static ByteSequence after(ByteSequence key) {
    byte[] bytes = key.getBytes();
    return ByteSequence.from(Arrays.copyOf(bytes, bytes.length + 1));
  }

  @Override
  public Watch watch(String prefix, long afterRevision, WatchListener listener) {
    return EtcdWatch.open(connection.channel(), settings, timer, prefix, afterRevision, listener);
  }

  @Override
  public CompletableFuture<Long> grantLease(Duration ttl) {
    return call(client -> client.getLeaseClient().grant(Math.max(1, ttl.toSeconds()))).thenApply(response -> response.getID());
  }

  @Override
  public CompletableFuture<Optional<Duration>> keepAlive(long lease) {
    return call(client -> connection.renew(lease))
        .exceptionallyCompose(
            failure ->
                EtcdFailures.leaseIsGone(failure)
                    ? CompletableFuture.completedFuture(Optional.empty())
                    : CompletableFuture.failedFuture(failure));
  }

  @Override
  public CompletableFuture<Void> revokeLease(long lease) {
    return call(client -> client.getLeaseClient().revoke(lease))
        .<Void>thenApply(response -> null)
        .exceptionallyCompose(
            failure ->
                EtcdFailures.leaseIsGone(failure)
                    ? CompletableFuture.completedFuture(null)
                    : CompletableFuture.failedFuture(failure));
  }

  @Override
  public Upkeep upkeep() {
    return this;
  }

  @Override
  public CompletableFuture<Space> space() {
    return EtcdUpkeep.space(settings.endpoints(), this::call);
  }

  @Override
  public CompletableFuture<Void> compact(long revision) {
    return EtcdUpkeep.compact(revision, this::call);
  }

  /** May take minutes on a large database: the call's own time-out does not hold here. */
  @Override
  public CompletableFuture<Void> defragment() {
    return EtcdUpkeep.defragment(settings.endpoints(), connection.client());
  }

  /**
   * Not within the gRPC call that is being served: what is sent there ends with it, and with a stream of renewals everybody's renewals.
   */
  private static <R> CompletableFuture<R> send(Client client, Function<Client, CompletableFuture<R>> call) {
    Context served = Context.ROOT.attach();
    try {
      return call.apply(client);
    } catch (RuntimeException failure) {
      return CompletableFuture.failedFuture(failure);
    } finally {
      Context.ROOT.detach(served);
    }
  }

  private <R> CompletableFuture<R> call(Function<Client, CompletableFuture<R>> call) {
    Client client = connection.client();
    CompletableFuture<R> sent = send(client, call);
    CompletableFuture<R> answer = new CompletableFuture<>();
    deadlines.add(
        sent,
        () -> {
          TimeoutException late = new TimeoutException("etcd did not answer in " + settings.callTimeout());
          if (answer.completeExceptionally(late)) {
            connection.failed(client, late);
            sent.cancel(true);
          }
        });
    sent.whenComplete(
        (response, failure) -> {
          if (failure == null) {
            connection.answered();
            answer.complete(response);
          } else {
            connection.failed(client, failure);
            answer.completeExceptionally(failure);
          }
        });
    return answer;
  }

  private static ByteSequence bytes(String key) {
    return ByteSequence.from(ByteString.copyFromUtf8(key));
  }

  @Override
  public void close() {
    timer.shutdownNow();
    connection.close();
  }
}
