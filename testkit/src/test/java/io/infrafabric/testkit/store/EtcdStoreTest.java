package io.infrafabric.testkit.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.etcd.jetcd.Client;
import io.grpc.Context;
import io.infrafabric.kit.etcd.EtcdStore;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.testkit.Backends;
import io.infrafabric.testkit.Closing;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The contract on etcd. */
class EtcdStoreTest extends StoreContract {
  private static final Duration TTL = Duration.ofSeconds(60);

  private static EtcdStore store;

  private final String root = Backends.freshKeys().root();

  @BeforeAll
  static void connect() {
    store = Backends.etcdStore();
  }

  @AfterAll
  static void close() throws Exception {
    Closing.each(store);
  }

  @Override
  Store store() {
    return store;
  }

  @Override
  String root() {
    return root;
  }

  @Override
  void compact(long revision) {
    try (Client client = Client.builder().endpoints(Backends.etcd()).build()) {
      get(client.getKVClient().compact(revision));
    }
  }

  @Override
  void pass(Duration ttl) {
    // Real time passes; the test waits for the deletes.
  }

  @Test
  void renewals_shareAFewStreams() throws Exception {
    List<Long> leases = Stream.generate(() -> get(store.grantLease(TTL))).limit(100).toList();
    long before = renewalStreams();
    for (int round = 0; round < 5; round++) {
      List<CompletableFuture<Optional<Duration>>> answers = leases.stream().map(store::keepAlive).toList();
      assertThat(answers).allSatisfy(answer -> assertThat(get(answer)).contains(TTL));
    }
    assertThat(renewalStreams() - before).as("streams that etcd has begun for 500 renewals").isLessThanOrEqualTo(10);
    leases.forEach(lease -> get(store.revokeLease(lease)));
  }

  @Test
  void renewals_outliveTheServedCallThatSentTheFirstOne() throws Exception {
    try (EtcdStore fresh = Backends.etcdStore()) {
      List<Long> leases = Stream.generate(() -> get(fresh.grantLease(TTL))).limit(40).toList();
      Context.CancellableContext served = Context.ROOT.withCancellation();
      served.call(() -> leases.stream().map(fresh::keepAlive).map(EtcdStoreTest::get).toList());
      List<CompletableFuture<Optional<Duration>>> answers = leases.stream().map(fresh::keepAlive).toList();
      served.cancel(null);
      assertThat(answers).allSatisfy(answer -> assertThat(get(answer)).contains(TTL));
      assertThat(leases).allSatisfy(lease -> assertThat(get(fresh.keepAlive(lease))).contains(TTL));
    }
  }

  @Test
  void askingTheMembersForTheirSpace_leavesTheConnectionAsItIs() throws Exception {
    try (EtcdStore fresh = Backends.etcdStore()) {
      assertThat(get(fresh.space()).usedBytes()).isPositive();
      long lease = get(fresh.grantLease(TTL));
      assertThat(get(fresh.keepAlive(lease))).contains(TTL);
      assertThat(get(fresh.commit(List.of(new Txn(List.of(new Txn.Compare(root + "a", 0)), List.of())))).getFirst()).isInstanceOf(Outcome.Committed.class);
      assertThat(get(fresh.space()).usedBytes()).isPositive();
      assertThat(get(fresh.keepAlive(lease))).contains(TTL);
      assertThat(get(fresh.commit(List.of(new Txn(List.of(new Txn.Compare(root + "a", 0)), List.of())))).getFirst()).isInstanceOf(Outcome.Committed.class);
    }
  }

  @Test
  void renewals_ofEndedLeasesAmongOthersAreToldSo() {
    List<Long> leases = Stream.generate(() -> get(store.grantLease(TTL))).limit(40).toList();
    List<Long> ended = leases.subList(0, 20);
    ended.forEach(lease -> get(store.revokeLease(lease)));
    List<CompletableFuture<Optional<Duration>>> answers = leases.stream().map(store::keepAlive).toList();
    for (int i = 0; i < leases.size(); i++) {
      assertThat(get(answers.get(i))).as("lease %d", i).isEqualTo(i < ended.size() ? Optional.empty() : Optional.of(TTL));
    }
  }

  /** As etcd counts them. */
  private static long renewalStreams() throws Exception {
    try (HttpClient client = HttpClient.newBuilder().proxy(HttpClient.Builder.NO_PROXY).build()) {
      return client
          .send(HttpRequest.newBuilder(URI.create(Backends.etcd() + "/metrics")).build(), HttpResponse.BodyHandlers.ofLines())
          .body()
          .filter(line -> line.startsWith("grpc_server_started_total{") && line.contains("\"LeaseKeepAlive\""))
          .mapToLong(line -> Math.round(Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1))))
          .sum();
    }
  }
}
