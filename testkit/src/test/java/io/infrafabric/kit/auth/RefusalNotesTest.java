package io.infrafabric.kit.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.infrafabric.access.Role;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.RefusalRecord;
import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.names.Keys;
import io.infrafabric.testkit.store.Faults;
import io.infrafabric.testkit.store.FaultyStore;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What refusals leave in the store for the witness log. */
class RefusalNotesTest {
  private static final Keys KEYS = new Keys();
  private static final String METHOD = "infrafabric.coordinator.v1.ClaimService/ClaimTask";
  private static final int PER_MINUTE = 30;

  private final MemoryStore memory = new MemoryStore();
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-03-01T12:00:00Z"));
  private final RefusalNotes notes = notes(memory, "coordinator-1");

  private RefusalNotes notes(Store store, String instance) {
    return new RefusalNotes(store, KEYS, "coordinator", instance, PER_MINUTE, Telemetry.none().metrics(), now::get);
  }

  private static void refuse(RefusalNotes by, ErrorCode code, String principal) {
    Optional<Principal> caller = principal.isEmpty() ? Optional.empty() : Optional.of(new Principal(principal, Role.SWARM, "jti-1", "key-1", Instant.MAX));
    by.onRefused(METHOD, Refusal.of(code, "Bearer a-secret is not accepted"), caller, TraceContext.getDefaultInstance());
  }

  private int run(RefusalNotes each) {
    return each.runOnce(now.get());
  }

  /** Every version of the record: each is an entry of the witness log. */
  private List<RefusalRecord> written() {
    return memory.changes(KEYS.root()).stream().map(change -> parse((Change.Written) change)).toList();
  }

  private static RefusalRecord parse(Change.Written change) {
    assertThat(change.entry().key()).isEqualTo("/if/v1/refusals/coordinator");
    assertThat(change.entry().value().toStringUtf8()).doesNotContain("secret", "jti-1");
    try {
      return RefusalRecord.parseFrom(change.entry().value());
    } catch (InvalidProtocolBufferException malformed) {
      throw new AssertionError(malformed);
    }
  }

  @Test
  void refusalsOfACauseAndCaller_areOneNote_withNothingOfTheToken() {
    refuse(notes, ErrorCode.ERROR_CODE_TOKEN_INVALID, "");
    refuse(notes, ErrorCode.ERROR_CODE_TOKEN_INVALID, "");
    refuse(notes, ErrorCode.ERROR_CODE_IMPERSONATION, "fox");
    assertThat(run(notes)).isEqualTo(2);
    assertThat(run(notes)).as("all is told").isZero();
    assertThat(written()).hasSize(2);
    RefusalRecord nobody = written().get(0);
    assertThat(nobody.getReason()).isEqualTo("TOKEN_INVALID");
    assertThat(nobody.getCount()).isEqualTo(2);
    assertThat(nobody.getPrincipal()).isEmpty();
    assertThat(nobody.getMethod()).isEqualTo(METHOD);
    assertThat(nobody.getInstance()).isEqualTo("coordinator-1");
    assertThat(written().get(1).getPrincipal()).isEqualTo("fox");
    assertThat(written().get(1).getRole()).isEqualTo("swarm");
  }

  /** A thousand callers knock a hundred times each for ten minutes: the log grows by what the budget allows, and every knock is in a sum. */
  @Test
  void floodFillsNothing_andNoneOfItIsLeftOut() {
    long knocks = 0;
    for (int minute = 0; minute < 10; minute++) {
      for (int i = 0; i < 10_000; i++) {
        refuse(notes, ErrorCode.ERROR_CODE_PERMISSION_DENIED, "swarm-" + i % 1_000);
        knocks++;
      }
      for (int second = 0; second < 60; second++) {
        run(notes);
        now.updateAndGet(before -> before.plusSeconds(1));
      }
    }
    assertThat(written()).as("a minute's worth at once, and then so many a minute").hasSizeBetween(10 * PER_MINUTE, 11 * PER_MINUTE);
    for (int minute = 0; minute < 10; minute++) {
      now.updateAndGet(before -> before.plus(Duration.ofMinutes(1)));
      run(notes);
    }
    assertThat(written().stream().mapToLong(RefusalRecord::getCount).sum()).isEqualTo(knocks);
    assertThat(memory.entries(KEYS.root())).as("one record, however many notes").hasSize(1);
    assertThat(memory.entries(KEYS.root()).getFirst().value().size()).isLessThan(2_000);
  }

  @Test
  void noteWhoseOutcomeIsUnknown_isWrittenOnce_alsoBesideAnotherInstance() {
    for (long seed = 1; seed <= 20; seed++) {
      MemoryStore truth = new MemoryStore();
      FaultyStore way = new FaultyStore(truth, seed);
      RefusalNotes one = notes(way, "coordinator-1");
      RefusalNotes other = notes(truth, "coordinator-2");
      way.set(new Faults(0.3, 0, 0.2, 0.1, 0, Duration.ZERO));
      for (int i = 0; i < 12; i++) {
        refuse(one, ErrorCode.ERROR_CODE_TOKEN_EXPIRED, "fox-" + i);
        run(one);
        refuse(other, ErrorCode.ERROR_CODE_UNAUTHENTICATED, "");
        run(other);
      }
      way.set(Faults.NONE);
      one.close();
      List<RefusalRecord> all = truth.changes(KEYS.root()).stream().map(change -> parse((Change.Written) change)).toList();
      assertThat(all).as("seed %d", seed).hasSize(24).extracting(RefusalRecord::getId).doesNotHaveDuplicates();
      assertThat(all.stream().mapToLong(RefusalRecord::getCount).sum()).isEqualTo(24);
    }
  }

  @Test
  void storeThatIsAway_isToldAfterwards() {
    FaultyStore way = new FaultyStore(memory, 7);
    RefusalNotes waiting = notes(way, "coordinator-1");
    way.set(Faults.CUT_OFF);
    for (int i = 0; i < 100; i++) {
      refuse(waiting, ErrorCode.ERROR_CODE_RATE_LIMITED, "fox");
      run(waiting);
    }
    assertThat(written()).isEmpty();
    way.set(Faults.NONE);
    assertThat(run(waiting)).isEqualTo(2);
    assertThat(written().stream().mapToLong(RefusalRecord::getCount).sum()).isEqualTo(100);
  }
}
