package io.infrafabric.kit.store;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.RefusedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Callers that append ids to shared lists through several replicas. Most send again until they know; some give up when they
 * are told that nothing was written, which must be true.
 */
final class Appenders {
  private static final int KEYS = 5;

  private final List<Replica> replicas;
  private final String root;
  private final Set<String> done = ConcurrentHashMap.newKeySet();
  private final Set<String> notDone = ConcurrentHashMap.newKeySet();

  Appenders(List<Replica> replicas, String root) {
    this.replicas = replicas;
    this.root = root;
  }

  void run(int callers, int calls) throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (int caller = 0; caller < callers; caller++) {
      int number = caller;
      threads.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    for (int call = 0; call < calls; call++) {
                      append(number + "-" + call, (number + call) % KEYS, call % 4 == 0);
                    }
                  }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private void append(String id, int key, boolean givesUp) {
    boolean everUnknown = false;
    for (int attempt = 0; ; attempt++) {
      Replica replica = replicas.get((id.hashCode() + attempt & 0xffff) % replicas.size());
      try {
        replica.decide(new Append(root + "k" + key, id, id.hashCode() % 3 != 0)).orTimeout(20, SECONDS).join();
        done.add(id);
        return;
      } catch (CompletionException failure) {
        ErrorCode code = ((RefusedException) failure.getCause()).refusal().code();
        everUnknown |= code == ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN;
        boolean nothingDone = code == ErrorCode.ERROR_CODE_UNAVAILABLE || code == ErrorCode.ERROR_CODE_OVERLOADED;
        if (givesUp && !everUnknown && nothingDone) {
          notDone.add(id);
          return;
        }
        java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
      }
    }
  }

  int done() {
    return done.size();
  }

  void judge(List<Entry> entries, String seed) {
    List<String> found = entries.stream().flatMap(entry -> Append.ids(entry).stream()).toList();
    assertThat(found).as(seed).doesNotHaveDuplicates().containsAll(done).doesNotContainAnyElementsOf(notDone.isEmpty() ? Set.of("none") : notDone);
    assertThat(found).as(seed).hasSameSizeAs(done);
  }
}
