package io.infrafabric.kit.store;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What a replica decides, writes and shows, alone and beside others. */
class ReplicaTest extends ReplicaCalls {
  @Test
  void decide_commitsAndShowsTheWriteAtOnce() {
    Replica replica = open(ReplicaSettings.defaults());

    long revision = get(replica.decide(Write.create(ROOT + "a", "1")));

    assertThat(replica.get(ROOT + "a").orElseThrow().modRevision()).isEqualTo(revision);
    assertThat(replica.revision()).isEqualTo(revision);
    assertThat(memory.entries(ROOT)).hasSize(1);
  }

  @Test
  void decide_countsEachConcurrentCallOnce() {
    Replica replica = open(ReplicaSettings.defaults());
    List<CompletableFuture<Long>> answers = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      answers.add(replica.decide(new Append(ROOT + "k" + i % 50, "id" + i)));
    }
    answers.forEach(ReplicaCalls::get);

    for (Entry entry : memory.entries(ROOT)) {
      assertThat(Append.ids(entry)).hasSize(60).doesNotHaveDuplicates();
      assertThat(replica.get(entry.key())).contains(entry);
    }
    assertThat(memory.revision()).as("group commit packs different keys into one revision").isLessThan(1_500);
  }

  @Test
  void decide_bundlesWritersOfASharedKey() {
    Replica replica = open(ReplicaSettings.defaults());
    List<CompletableFuture<Long>> answers = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      answers.add(replica.decide(new Append(ROOT + "book", "id" + i, true)));
    }
    answers.forEach(ReplicaCalls::get);

    assertThat(Append.ids(memory.entries(ROOT).getFirst())).hasSize(1_000).doesNotHaveDuplicates();
    assertThat(memory.revision()).isLessThan(200);
  }

  @Test
  void decide_isAskedAgainWhenAnotherReplicaWasFaster() {
    Replica one = open(ReplicaSettings.defaults());
    Replica two = open(ReplicaSettings.defaults());
    List<CompletableFuture<Long>> answers = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      answers.add((i % 2 == 0 ? one : two).decide(new Append(ROOT + "k" + i % 3, "id" + i)));
    }
    answers.forEach(ReplicaCalls::get);

    assertThat(memory.entries(ROOT).stream().flatMap(entry -> Append.ids(entry).stream())).hasSize(500).doesNotHaveDuplicates();
  }

  @Test
  void refusal_isConfirmedByAFreshRead() {
    Replica replica = open(ReplicaSettings.defaults());
    store.holdWatches();
    putDirectly(ROOT + "a", 0, "ready");

    long revision = get(replica.decide(Write.replace(ROOT + "a", "ready", "claimed")));

    assertThat(memory.entries(ROOT).getFirst().modRevision()).isEqualTo(revision);
  }

  @Test
  void refusal_standsAfterAFreshRead() {
    Replica replica = open(ReplicaSettings.defaults());
    putDirectly(ROOT + "a", 0, "claimed");

    assertThat(refused(replica.decide(Write.replace(ROOT + "a", "ready", "claimed")))).isEqualTo(ErrorCode.ERROR_CODE_TASK_NOT_READY);
  }

  /** A rejected commit brings the keys it compared; a refusal for another key still needs a look at that one. */
  @Test
  void refusal_isConfirmedForKeysThatTheRejectedCommitDidNotCompare() {
    Replica replica = open(ReplicaSettings.defaults());
    putDirectly(ROOT + "a", 0, "1");
    await().atMost(60, SECONDS).until(() -> replica.get(ROOT + "a").isPresent());
    store.holdWatches();
    putDirectly(ROOT + "a", memory.revision(), "2");
    putDirectly(ROOT + "b", 0, "open");

    Decision<Long> needsBoth =
        new Decision<>() {
          @Override
          public Set<String> reads() {
            return Set.of(ROOT + "b");
          }

          @Override
          public Set<String> writes() {
            return Set.of(ROOT + "a");
          }

          @Override
          public Step<Long> decide(View view) {
            boolean first = view.get(ROOT + "a").orElseThrow().value().toStringUtf8().equals("1");
            if (!first && view.get(ROOT + "b").isEmpty()) {
              return Step.refuse(Refusal.of(ErrorCode.ERROR_CODE_TASK_NOT_READY, "b is closed"));
            }
            return Step.commit(
                Txn.builder().put(view, ROOT + "a", ByteString.copyFromUtf8("3")).build(), revision -> revision);
          }
        };

    assertThat(get(replica.decide(needsBoth))).isPositive();
  }

  @Test
  void refresh_readsTheStoreItself() {
    Replica replica = open(ReplicaSettings.defaults());
    store.holdWatches();
    putDirectly(ROOT + "a", 0, "1");

    assertThat(replica.get(ROOT + "a")).isEmpty();
    assertThat(get(replica.refresh(Set.of(ROOT + "a", ROOT + "b")))).containsOnlyKeys(ROOT + "a");
  }

  @Test
  void decide_isOverloadedWhenTooManyWait() {
    CompletableFuture<Void> hold = new CompletableFuture<>();
    Replica replica = open(new SlowStore(memory, hold, CompletableFuture.completedFuture(null)), new ReplicaSettings(1, 1 << 20, 1, 3, Duration.ofSeconds(5), 50, Duration.ofSeconds(1)));
    List<CompletableFuture<Long>> accepted = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      accepted.add(replica.decide(Write.create(ROOT + i, "1")));
    }

    assertThat(refused(replica.decide(Write.create(ROOT + "more", "1")))).isEqualTo(ErrorCode.ERROR_CODE_OVERLOADED);

    hold.complete(null);
    accepted.forEach(ReplicaCalls::get);
    assertThat(get(replica.decide(Write.create(ROOT + "more", "1")))).isPositive();
  }

  @Test
  void decide_goesOnWhenAnotherOfTheGroupIsInvalid() {
    CompletableFuture<Void> hold = new CompletableFuture<>();
    Replica replica = open(new SlowStore(memory, hold, CompletableFuture.completedFuture(null)), ReplicaSettings.defaults());
    CompletableFuture<Long> first = replica.decide(Write.create(ROOT + "first", "1"));
    CompletableFuture<Long> onDeadLease = replica.decide(new Write(ROOT + "dead", Optional.empty(), Optional.of("1"), 4_711));
    CompletableFuture<Long> sibling = replica.decide(Write.create(ROOT + "sibling", "1"));
    hold.complete(null);

    get(first);
    assertThat(get(sibling)).isPositive();
    assertThat(refused(onDeadLease)).isEqualTo(ErrorCode.ERROR_CODE_CONTENDED);
    assertThat(replica.reachable()).isTrue();
  }

  @Test
  void decide_keepsAGroupWithinTheStoresLimitOfOperations() {
    CompletableFuture<Void> hold = new CompletableFuture<>();
    Replica replica = open(new SlowStore(memory, hold, CompletableFuture.completedFuture(null)), ReplicaSettings.defaults());
    List<CompletableFuture<Long>> answers = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      Set<String> keys = i % 10 == 0 ? wide(i) : Set.of(ROOT + i);
      answers.add(replica.decide(new WriteAll(keys)));
    }
    hold.complete(null);
    answers.forEach(ReplicaCalls::get);

    assertThat(memory.entries(ROOT)).hasSize(180 + 20 * 30);
  }

  private static Set<String> wide(int number) {
    Set<String> keys = new java.util.HashSet<>();
    for (int i = 0; i < 30; i++) {
      keys.add(ROOT + number + "-" + i);
    }
    return keys;
  }

  private record WriteAll(Set<String> writes) implements Decision<Long> {
    @Override
    public Set<String> reads() {
      return Set.of();
    }

    @Override
    public Step<Long> decide(View view) {
      Txn.Builder txn = Txn.builder();
      writes.forEach(key -> txn.put(view, key, ByteString.copyFromUtf8("v")));
      return Step.commit(txn.build(), revision -> revision);
    }
  }

  @Test
  void decide_failsAloneWhenItThrows() {
    Replica replica = open(ReplicaSettings.defaults());
    Decision<Long> broken =
        new Decision<>() {
          @Override
          public Set<String> reads() {
            return Set.of();
          }

          @Override
          public Set<String> writes() {
            return Set.of(ROOT + "a");
          }

          @Override
          public Step<Long> decide(View view) {
            throw new IllegalStateException("a bug");
          }
        };

    assertThatThrownBy(() -> get(replica.decide(broken))).hasRootCauseMessage("a bug");
    assertThat(get(replica.decide(Write.create(ROOT + "a", "1")))).isPositive();
  }

  @Test
  void listener_hearsInOrderOnOneThread() throws Exception {
    Replica replica = open(ReplicaSettings.defaults());
    AtomicInteger inside = new AtomicInteger();
    List<Long> revisions = new CopyOnWriteArrayList<>();
    CountDownLatch all = new CountDownLatch(200);
    replica.onChange(
        ROOT,
        (key, before, after) -> {
          assertThat(inside.incrementAndGet()).isEqualTo(1);
          revisions.add(after.orElseThrow().modRevision());
          inside.decrementAndGet();
          all.countDown();
        });
    for (int i = 0; i < 200; i++) {
      replica.decide(new Append(ROOT + "a", "id" + i));
    }

    assertThat(all.await(5, SECONDS)).isTrue();
    assertThat(revisions).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void listener_learnsWhenWordOfAChangeCame_unlessItWasFoundInASnapshot() {
    putDirectly(ROOT + "before", 0, "1");
    Replica replica = open(ReplicaSettings.defaults());
    List<Long> heard = new CopyOnWriteArrayList<>();
    replica.onChange(ROOT, (key, before, after) -> heard.add(replica.heardNanos()));
    await().atMost(60, SECONDS).until(() -> heard.size() == 1);
    assertThat(heard).containsExactly(Replica.LONG_AGO);

    for (Runnable write : List.<Runnable>of(() -> get(replica.decide(Write.create(ROOT + "own", "1"))), () -> putDirectly(ROOT + "others", 0, "1"))) {
      heard.clear();
      long from = System.nanoTime();
      write.run();
      await().atMost(60, SECONDS).until(() -> heard.size() == 1);
      assertThat(heard.getFirst() - from).isBetween(0L, System.nanoTime() - from);
    }

    store.holdWatches();
    putDirectly(ROOT + "unseen", 0, "1");
    heard.clear();
    replica.copyAnew(ROOT);
    await().atMost(60, SECONDS).until(() -> heard.size() == 1);
    assertThat(heard).containsExactly(Replica.LONG_AGO);
  }
}
