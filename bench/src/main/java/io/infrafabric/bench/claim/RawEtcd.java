package io.infrafabric.bench.claim;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.PutOption;
import io.infrafabric.bench.load.Crowd;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The baseline: one compare-and-set transaction of jetcd for each operation, on keys prepared before. */
public final class RawEtcd implements AutoCloseable {
  private static final ByteSequence READY = ByteSequence.from("r".repeat(300), StandardCharsets.UTF_8);
  private static final ByteSequence CLAIMED = ByteSequence.from("c".repeat(400), StandardCharsets.UTF_8);

  private final Client client;
  private int round;

  public RawEtcd(String endpoint) {
    client = Client.builder().endpoints(endpoint).build();
  }

  /** Back to back: each of {@code size} sends the next when the last is answered. */
  public Crowd.Round round(int size, int each) throws Exception {
    return round(size, each, 0);
  }

  /**
   * The same at a steady rate.
   *
   * @param perSecond of all together; 0 for as fast as they can
   */
  Crowd.Round round(int size, int each, int perSecond) throws Exception {
    Prepared prepared = prepare(size * each);
    return Crowd.run(size, each, perSecond, (who, which) -> prepared.commit(who * each + which));
  }

  /** Writes so many keys, each for one transaction. */
  public Prepared prepare(int count) {
    String prefix = "/bench/raw/" + round++ + "/";
    long[] revisions = new long[count];
    List<CompletableFuture<?>> puts = new ArrayList<>();
    for (int i = 0; i < revisions.length; i++) {
      int index = i;
      puts.add(client.getKVClient().put(key(prefix, i), READY).thenAccept(put -> revisions[index] = put.getHeader().getRevision()));
      if (puts.size() == 500) {
        CompletableFuture.allOf(puts.toArray(CompletableFuture[]::new)).join();
        puts.clear();
      }
    }
    CompletableFuture.allOf(puts.toArray(CompletableFuture[]::new)).join();
    return new Prepared(prefix, revisions);
  }

  /** Keys that wait for their transactions. */
  public final class Prepared {
    private final String prefix;
    private final long[] revisions;

    private Prepared(String prefix, long[] revisions) {
      this.prefix = prefix;
      this.revisions = revisions;
    }

    /** One transaction, to its answer; once for each key. */
    public void commit(int index) throws Exception {
      ByteSequence key = key(prefix, index);
      TxnResponse response =
          client
              .getKVClient()
              .txn()
              .If(new Cmp(key, Cmp.Op.EQUAL, CmpTarget.modRevision(revisions[index])))
              .Then(Op.put(key, CLAIMED, PutOption.DEFAULT))
              .commit()
              .get();
      if (!response.isSucceeded()) {
        throw new IllegalStateException("the compare failed on " + key);
      }
    }
  }

  private static ByteSequence key(String prefix, int index) {
    return ByteSequence.from(prefix + index, StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    client.close();
  }
}
