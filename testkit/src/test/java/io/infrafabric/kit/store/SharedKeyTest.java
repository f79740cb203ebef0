package io.infrafabric.kit.store;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.testkit.store.Faults;
import io.infrafabric.testkit.store.FaultyStore;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many mutations of one book: each adds a line to it and creates a key of its own. */
class SharedKeyTest {
  private static final String ROOT = "/r/";
  private static final String BOOK = ROOT + "book";

  private final MemoryStore memory = new MemoryStore();
  private Replica replica;

  @AfterEach
  void close() {
    replica.close();
  }

  private void open(Store store) {
    ReplicaSettings settings = new ReplicaSettings(120, 1 << 20, 1, 5_000, Duration.ofSeconds(20), 200, Duration.ofMillis(50));
    replica = Replica.open("test", store, List.of(Prefix.of(ROOT)), settings);
    replica.ready().orTimeout(5, SECONDS).join();
  }

  /** Writes a line into the book and a key beside it; refuses when the book is full. */
  private record Line(String id, int most) implements Decision<Long> {
    @Override
    public Set<String> reads() {
      return Set.of();
    }

    @Override
    public Set<String> writes() {
      return Set.of(BOOK, ROOT + "line/" + id);
    }

    @Override
    public Set<String> shared() {
      return Set.of(BOOK);
    }

    @Override
    public Step<Long> decide(View view) {
      String book = view.get(BOOK).map(entry -> entry.value().toStringUtf8()).orElse("");
      if (view.get(ROOT + "line/" + id).isPresent()) {
        return Step.answer(0L);
      }
      if (lines(book).size() >= most) {
        return Step.refuse(Refusal.of(ErrorCode.ERROR_CODE_BUDGET_EXCEEDED, "the book is full"));
      }
      return Step.commit(
          Txn.builder()
              .put(view, BOOK, ByteString.copyFromUtf8(book + id + "\n"))
              .put(view, ROOT + "line/" + id, ByteString.copyFromUtf8(id))
              .build(),
          revision -> revision);
    }
  }

  private static List<String> lines(String book) {
    return book.lines().toList();
  }

  private List<String> book() {
    return lines(replica.get(BOOK).orElseThrow().value().toStringUtf8());
  }

  private int submit(int lines, int most) {
    List<CompletableFuture<Long>> answers = new ArrayList<>();
    for (int i = 0; i < lines; i++) {
      answers.add(replica.decide(new Line("l" + i, most)));
    }
    int written = 0;
    for (CompletableFuture<Long> answer : answers) {
      try {
        answer.orTimeout(30, SECONDS).join();
        written++;
      } catch (CompletionException refused) {
        assertThat(refused.getCause()).hasMessageContaining("BUDGET_EXCEEDED");
      }
    }
    return written;
  }

  @Test
  void mutationsOfOneBook_shareTransactions() {
    open(memory);
    long before = memory.revision();

    assertThat(submit(500, 1_000)).isEqualTo(500);

    assertThat(book()).hasSize(500).doesNotHaveDuplicates();
    assertThat(memory.revision() - before).as("one after the other would take 500 revisions").isLessThan(100);
  }

  @Test
  void eachSeesTheLinesBeforeIt_soThatTheBookIsNeverOverfull() {
    open(memory);

    assertThat(submit(100, 37)).isEqualTo(37);

    assertThat(book()).hasSize(37);
    assertThat(memory.entries(ROOT + "line/")).hasSize(37);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void unknownOutcomes_leaveEachLineOnce(long seed) {
    FaultyStore faulty = new FaultyStore(memory, seed);
    open(faulty);
    faulty.set(Faults.MIXED);
    List<CompletableFuture<Long>> answers = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      answers.add(replica.decide(new Line("l" + i, 1_000)).exceptionally(refused -> retry(refused)));
    }
    answers.forEach(answer -> answer.orTimeout(60, SECONDS).join());
    faulty.set(Faults.NONE);

    // A line that was refused while the store was taken for away is sent again, as a client would.
    for (int i = 0; i < 200; i++) {
      int line = i;
      org.awaitility.Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .pollDelay(Duration.ZERO)
          .until(() -> replica.decide(new Line("l" + line, 1_000)).handle((done, failure) -> failure == null).join());
    }
    assertThat(book()).hasSize(200).doesNotHaveDuplicates();
    assertThat(memory.entries(ROOT + "line/")).hasSize(200);
  }

  private static Long retry(Throwable refused) {
    Throwable cause = refused instanceof CompletionException ? refused.getCause() : refused;
    assertThat(cause.getMessage()).containsAnyOf("UNAVAILABLE", "OUTCOME_UNKNOWN");
    return -1L;
  }
}
