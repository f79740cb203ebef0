package io.infrafabric.governor.books;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.store.Prefix;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.ReplicaSettings;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.testkit.store.FaultyStore;
import io.infrafabric.testkit.store.MemoryStore;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The four records of a swarm come to the copy one after the other. */
class ReplicaBooksTest {
  private static final Keys KEYS = new Keys();
  private static final SwarmId SWARM = new SwarmId("s1");

  private final MemoryStore store = new MemoryStore();
  private final FaultyStore way = new FaultyStore(store, 1);
  private final Replica here = open(way);
  private final Replica elsewhere = open(store);
  private final ReplicaBooks books = new ReplicaBooks(here, KEYS);

  private static Replica open(Store store) {
    List<Prefix> prefixes = List.of(Prefix.of(KEYS.swarms()), Prefix.of(KEYS.standings()), Prefix.of(KEYS.accounts()), Prefix.of(KEYS.breakers()));
    Replica replica = Replica.open("books-test", store, prefixes, ReplicaSettings.defaults());
    replica.ready().join();
    return replica;
  }

  @BeforeEach
  void swarmIsRegisteredElsewhere_andItsAccountIsNotToldOfHere() {
    way.holdWatches(KEYS.accounts());
    new ReplicaBooks(elsewhere, KEYS).change(SWARM, known -> new Ruling.Write<>(BooksFixture.granted(1_000), null)).join();
    await().until(() -> here.get(KEYS.swarm(SWARM)).isPresent() && here.get(KEYS.standing(SWARM)).isPresent() && here.get(KEYS.breaker(SWARM)).isPresent());
  }

  @AfterEach
  void close() {
    here.close();
    elsewhere.close();
  }

  @Test
  void booksThatHaveComeInPart_areNotThereYet() {
    assertThat(books.get(SWARM)).isEmpty();
    way.releaseWatches();
    await().untilAsserted(() -> assertThat(books.get(SWARM)).isPresent());
  }

  @Test
  void decisionAboutThem_looksAtTheStore() {
    Changed<Optional<Books>> seen = books.<Optional<Books>>change(SWARM, known -> new Ruling.Keep<>(known.orElse(null), known)).join();
    assertThat(seen.answer()).map(Books::account).get().extracting(account -> account.getGrantedMicros()).isEqualTo(1_000L);
  }

  @Test
  void booksThatAreNotWholeInTheStore_areNotBegunAnew() {
    store.commit(List.of(Txn.builder().delete(elsewhere, KEYS.account(SWARM)).build())).join();
    Throwable failure = catchThrowable(() -> books.change(SWARM, known -> new Ruling.Write<>(BooksFixture.granted(5_000), null)).join());
    assertThat(Errors.refusalOf(failure)).map(Refusal::code).contains(ErrorCode.ERROR_CODE_RECORD_UNREADABLE);
    assertThat(failure).hasMessageContaining(KEYS.account(SWARM));
    assertThat(store.entries(KEYS.accounts())).isEmpty();
  }
}
