package io.infrafabric.kit.store;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.RefusedException;
import io.infrafabric.testkit.store.FaultyStore;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;

/** Replicas over a store in memory that fails when it is told to. */
abstract class ReplicaCalls {
  static final String ROOT = "/r/";
  static final ReplicaSettings IMPATIENT =
      new ReplicaSettings(120, 1 << 20, 1, 1_000, Duration.ofMillis(600), 50, Duration.ofMillis(50));

  final MemoryStore memory = new MemoryStore();
  final FaultyStore store = new FaultyStore(memory, 1);
  final List<Replica> replicas = new ArrayList<>();

  @AfterEach
  void close() {
    replicas.forEach(Replica::close);
  }

  Replica open(ReplicaSettings settings) {
    return open(store, settings);
  }

  Replica open(Store on, ReplicaSettings settings) {
    Replica replica = Replica.open("test", on, List.of(Prefix.of(ROOT)), settings);
    replicas.add(replica);
    replica.ready().orTimeout(5, SECONDS).join();
    return replica;
  }

  void putDirectly(String key, long compared, String value) {
    assertThat(memory.commit(List.of(txn(key, compared, value))).join().getFirst()).isInstanceOf(Outcome.Committed.class);
  }

  static Txn txn(String key, long compared, String value) {
    return new Txn(
        List.of(new Txn.Compare(key, compared)), List.of(new Txn.Write.Put(key, ByteString.copyFromUtf8(value), 0)));
  }

  static <T> T get(CompletableFuture<T> future) {
    return future.orTimeout(10, SECONDS).join();
  }

  static ErrorCode refused(CompletableFuture<?> future) {
    try {
      return ErrorCode.forNumber(get(future) == null ? 0 : 0);
    } catch (CompletionException failure) {
      return ((RefusedException) failure.getCause()).refusal().code();
    }
  }
}
