package io.infrafabric.testkit.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.kit.etcd.EtcdSettings;
import io.infrafabric.kit.etcd.EtcdStore;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.testkit.Backends;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class TcpProxyTest {
  private static final Duration DEAF = Duration.ofMillis(700);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final String folder = "/test/" + UUID.randomUUID() + "/";

  private Txn write(String key) {
    return new Txn(List.of(new Txn.Compare(folder + key, 0)), List.of(new Txn.Write.Put(folder + key, ByteString.EMPTY, 0)));
  }

  /** Did it, and reported nothing: the answer is cut off after the request was passed on. */
  @Test
  void whatIsAskedOfADeafEtcd_isDone_andNobodyHearsOfIt() {
    try (TcpProxy proxy = TcpProxy.to(URI.create(Backends.etcd()).getPort());
        EtcdStore through = new EtcdStore(EtcdSettings.of(List.of("http://127.0.0.1:" + proxy.port())));
        EtcdStore straight = Backends.etcdStore()) {
      Awaitility.await().atMost(PATIENCE).until(() -> !(through.commit(List.of(write("first"))).join().getFirst() instanceof Outcome.Unknown));

      Threads.startVirtual("deaf", () -> deafen(proxy));
      int[] number = {0};
      Awaitility.await()
          .atMost(PATIENCE)
          .until(
              () -> through.commit(List.of(write("deaf-" + ++number[0]))).join().getFirst(),
              outcome -> outcome instanceof Outcome.Unknown(Throwable cause, boolean sent) && sent);
      assertThat(straight.list(List.of(folder)).join().entries()).extracting(Entry::key).contains(folder + "deaf-" + number[0]);

      Awaitility.await().atMost(PATIENCE).until(() -> !(through.commit(List.of(write("last"))).join().getFirst() instanceof Outcome.Unknown));
    }
  }

  private static void deafen(TcpProxy proxy) {
    try {
      proxy.deafen(DEAF);
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }
}
