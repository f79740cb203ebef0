package io.infrafabric.chassis.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.chassis.sandbox.ExecutionResult.Failed;
import io.infrafabric.chassis.sandbox.ExecutionResult.Failure;
import io.infrafabric.chassis.sandbox.ExecutionResult.Limit;
import io.infrafabric.chassis.sandbox.ExecutionResult.LimitExceeded;
import io.infrafabric.chassis.sandbox.ExecutionResult.Succeeded;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EndiveEngineTest {
  /** The caller is promised an answer 250 ms after the limit; a machine that is busy with other builds may be later. */
  private static final Duration SOON = Duration.ofMillis(1_000);

  private static final ExecutionLimits LIMITS =
      new ExecutionLimits(4 << 20, Duration.ofMillis(500), Duration.ofSeconds(5), 1024, 256);

  private final EndiveEngine engine = new EndiveEngine(4);
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  @AfterEach
  void noThreadIsLeft() {
    assertThat(engine.stuckThreads()).isZero();
  }

  @Test
  void run_answersWhatTheModuleWrote() throws Exception {
    Succeeded result = (Succeeded) run(Wat.command(Wat.answer("(i32.const 42)") + Wat.writeFour(2, "(i32.const 0)")));
    assertThat(number(result)).isEqualTo(42);
    assertThat(result.log()).hasSize(4);
    assertThat(result.measures().memoryBytes()).isEqualTo(64 << 10);
    assertThat(result.measures().cpu()).isPositive();
    assertThat(result.measures().wall()).isPositive();
  }

  @Test
  void run_givesThePayloadAsStandardInput() throws Exception {
    byte[] echo =
        Wat.command(
            """
            (i32.store (i32.const 1024) (i32.const 2000)) (i32.store (i32.const 1028) (i32.const 100))
            (drop (call $read (i32.const 0) (i32.const 1024) (i32.const 1) (i32.const 1032)))
            (i32.store (i32.const 1028) (i32.load (i32.const 1032)))
            (drop (call $write (i32.const 1) (i32.const 1024) (i32.const 1) (i32.const 1032)))
            """);
    ByteArrayOutputStream echoed = new ByteArrayOutputStream();
    assertThat(engine.load(echo, LIMITS).run("hello".getBytes(), echoed::writeBytes)).isInstanceOf(Succeeded.class);
    assertThat(echoed.toString()).isEqualTo("hello");
  }

  @Test
  void run_isEndedAtTheWallClock() throws Exception {
    assertEndsAt(Limit.WALL_CLOCK, "(loop $forever (br $forever))");
  }

  @Test
  void run_isEndedAtTheWallClockWhileItSleeps() throws Exception {
    assertEndsAt(
        Limit.WALL_CLOCK,
        """
        (i64.store (i32.const 24) (i64.const 3600000000000))
        (drop (call $poll (i32.const 0) (i32.const 100) (i32.const 1) (i32.const 200)))
        """);
  }

  @Test
  void run_isEndedAtTheCpuTime() throws Exception {
    ExecutionLimits limits =
        new ExecutionLimits(4 << 20, Duration.ofSeconds(30), Duration.ofMillis(100), 1024, 256);
    ExecutionResult result = engine.load(Wat.command("(loop $forever (br $forever))"), limits).run(new byte[0], written::writeBytes);
    assertThat(result).isInstanceOfSatisfying(LimitExceeded.class, at -> assertThat(at.limit()).isEqualTo(Limit.CPU));
    assertThat(result.measures().cpu()).isBetween(Duration.ofMillis(100), Duration.ofMillis(100).plus(SOON));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(loop $l (drop (call $random (i32.const 0) (i32.const 65536))) (br $l))",
        "(loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br $l))",
        "(loop $l (memory.copy (i32.const 0) (i32.const 1) (i32.const 65535)) (br $l))",
        "(loop $l (drop (memory.grow (i32.const 0))) (br $l))",
        "(loop $l (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1024) (i32.const 65000))) (br $l))",
        "(loop $l (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1024) (i32.const 65000))) (br $l))",
      })
  void run_isEndedWhateverItRepeats(String body) throws Exception {
    assertEndsAt(Limit.WALL_CLOCK, body);
  }

  @Test
  void run_isEndedInsideStraightLinesOfBulkOperations() throws Exception {
    String fill = "(memory.fill (i32.const 0) (i32.const 1) (i32.const 67108864))";
    byte[] module = Wat.commandWith("(memory (export \"memory\") 1024)", fill.repeat(2000));
    ExecutionLimits limits =
        new ExecutionLimits(64 << 20, Duration.ofMillis(500), Duration.ofSeconds(5), 1024, 256);
    LoadedModule loaded = engine.load(module, limits);
    long start = System.nanoTime();
    assertLimit(loaded.run(new byte[0], written::writeBytes), Limit.WALL_CLOCK);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(limits.wallClock().plus(SOON));
  }

  @Test
  void growth_isRefusedBeyondTheLimit() throws Exception {
    Succeeded result = (Succeeded) run(Wat.command(Wat.answer("(memory.grow (i32.const 64))")));
    assertThat(number(result)).isEqualTo(-1);
    Succeeded within = (Succeeded) run(Wat.command(Wat.answer("(memory.grow (i32.const 63))")));
    assertThat(number(within)).isEqualTo(1);
    assertThat(within.measures().memoryBytes()).isEqualTo(4 << 20);
  }

  @Test
  void failureAfterRefusedGrowth_isWantOfMemory() throws Exception {
    assertLimit(run(Wat.command("(drop (memory.grow (i32.const 64))) (unreachable)")), Limit.MEMORY);
    assertLimit(run(Wat.command("(drop (memory.grow (i32.const 64))) (call $exit (i32.const 1))")), Limit.MEMORY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(unreachable)",
        "(drop (i32.div_s (i32.const 1) (i32.const 0)))",
        "(drop (i32.load (i32.const 65536)))",
        "(drop (i32.load (i32.const -4)))",
        "(drop (i64.load (i32.const 65529)))",
        "(drop (i32.load8_u offset=4294967295 (i32.const 4)))",
        "(i64.store (i32.const 65530) (i64.const 1))",
        "(memory.fill (i32.const 65000) (i32.const 1) (i32.const 1000))",
        "(memory.copy (i32.const 65000) (i32.const 0) (i32.const 1000))",
        "(drop (call $random (i32.const 65000) (i32.const 1000)))",
        "(drop (call $write (i32.const 1) (i32.const -8) (i32.const 1) (i32.const 0)))",
      })
  void trap_fails(String body) throws Exception {
    assertThat(run(Wat.command(body)))
        .isInstanceOfSatisfying(Failed.class, failed -> assertThat(failed.failure()).isEqualTo(Failure.TRAP));
  }

  @Test
  void endlessRecursion_exhaustsTheStack() throws Exception {
    byte[] module = Wat.commandWith("(memory 1) (func $f (call $f))", "(call $f)");
    assertThat(run(module))
        .isInstanceOfSatisfying(
            Failed.class, failed -> assertThat(failed.failure()).isEqualTo(Failure.STACK_EXHAUSTED));
  }

  @Test
  void exitCode_isTold() throws Exception {
    assertThat(run(Wat.command("(call $exit (i32.const 7))")))
        .isInstanceOfSatisfying(
            Failed.class,
            failed -> {
              assertThat(failed.failure()).isEqualTo(Failure.EXIT_CODE);
              assertThat(failed.exitCode()).isEqualTo(7);
              assertThat(failed.message()).isEqualTo("the module ended with exit code 7");
            });
    assertThat(run(Wat.command("(call $exit (i32.const 0))"))).isInstanceOf(Succeeded.class);
  }

  @Test
  void output_isEndedAtItsCap() throws Exception {
    assertLimit(run(Wat.command("(loop $l " + Wat.writeFour(1, "(i32.const 0)") + "(br $l))")), Limit.RESULT);
    assertLimit(run(Wat.command("(loop $l " + Wat.writeFour(2, "(i32.const 0)") + "(br $l))")), Limit.LOG);
  }

  @Test
  void output_thatIsDescribedLargerThanTheCap_isNotReadAtAll() throws Exception {
    String body =
        """
        (i32.store (i32.const 4) (i32.const 2147483647))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 1032)))
        """;
    assertLimit(run(Wat.command(body)), Limit.RESULT);
  }

  @Test
  void output_isPassedOnInPieces_whileTheModuleRuns() throws Exception {
    ExecutionLimits limits = new ExecutionLimits(4 << 20, Duration.ofSeconds(20), Duration.ofSeconds(5), 8 << 20, 256);
    String body =
        """
        (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 1000000))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
        """;
    List<Integer> pieces = new ArrayList<>();
    byte[] module = Wat.commandWith("(memory (export \"memory\") 20)", body);
    assertThat(engine.load(module, limits).run(new byte[0], piece -> pieces.add(piece.length))).isInstanceOf(Succeeded.class);
    assertThat(pieces).allSatisfy(piece -> assertThat(piece).isLessThanOrEqualTo(64 << 10));
    assertThat(pieces.stream().mapToInt(Integer::intValue).sum()).isEqualTo(2_000_000);
  }

  @Test
  void output_thatCannotBeTaken_endsTheRun() {
    byte[] module = Wat.command("(loop $l " + Wat.writeFour(1, "(i32.const 0)") + "(br $l))");
    ModuleOutput full =
        piece -> {
          throw Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "no room").asException();
        };
    assertThatThrownBy(() -> engine.load(module, LIMITS).run(new byte[0], full)).isInstanceOf(RefusedException.class).hasMessageContaining("no room");
  }

  @Test
  void files_areNotThere() throws Exception {
    String open =
        "(call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0) (i64.const 0) (i64.const 0)"
            + " (i32.const 0) (i32.const 0))";
    assertThat(number(run(Wat.command(Wat.answer(open))))).isEqualTo(8);
  }

  @Test
  void memoryGlobalsAndTables_areFreshInEachRun() throws Exception {
    byte[] module =
        Wat.commandWith(
            "(memory (export \"memory\") 1) (global $g (mut i32) (i32.const 0)) (table $t 1 funcref)",
            """
            (global.set $g (i32.add (global.get $g) (i32.const 1)))
            (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 10)))
            (drop (memory.grow (i32.const 1)))
            (drop (table.grow $t (ref.null func) (i32.const 100)))
            """
                + Wat.answer(
                    "(i32.add (i32.mul (table.size $t) (i32.const 1000)) (i32.add (i32.mul (memory.size)"
                        + " (i32.const 100)) (i32.add (global.get $g) (i32.load (i32.const 0)))))"));
    LoadedModule loaded = engine.load(module, LIMITS);
    for (int i = 0; i < 3; i++) {
      assertThat(number(loaded.run(new byte[0], written::writeBytes))).isEqualTo(101_000 + 200 + 11);
    }
  }

  @Test
  void memory_acrossGranulesIsLittleEndian() throws Exception {
    String body =
        """
        (i64.store (i32.const 4093) (i64.const 0x1122334455667788))
        (memory.copy (i32.const 8190) (i32.const 4093) (i32.const 8))
        (i32.store16 (i32.const 12287) (i32.const 0xabcd))
        """;
    String sum =
        "(i32.add (i32.load (i32.const 8194)) (i32.add (i32.load8_u (i32.const 12287)) (i32.load16_u (i32.const 12287))))";
    Succeeded result = (Succeeded) run(Wat.command(body + Wat.answer(sum)));
    assertThat(number(result)).isEqualTo(0x11223344 + 0xcd + 0xabcd);
  }

  @Test
  void unknownImport_isRefusedByName() {
    byte[] module =
        Wat.module(
            "(import \"env\" \"steal_secrets\" (func (param i32))) (memory 1) (func (export \"_start\"))");
    assertThatThrownBy(() -> engine.load(module, LIMITS))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("MODULE_REJECTED")
        .hasMessageContaining("env.steal_secrets");
  }

  @Test
  void memoryAboveTheLimit_isRefusedAtLoad() {
    assertThatThrownBy(() -> engine.load(Wat.commandWith("(memory 65)", ""), LIMITS))
        .hasMessageContaining("MODULE_REJECTED")
        .hasMessageContaining("4160 KiB");
  }

  @Test
  void invalidCode_isRefusedWithoutTheEnginesWords() {
    byte[] valid = Wat.command("(drop (i32.add (i32.const 1) (i32.const 2)))");
    byte[] invalid = valid.clone();
    for (int i = invalid.length - 1; i > 0; i--) {
      if (invalid[i] == 0x6a) {
        invalid[i] = 0x7c;
        break;
      }
    }
    assertThatThrownBy(() -> engine.load(invalid, LIMITS)).hasMessageEndingWith("too large for the compiler");
  }

  @Test
  void threadThatDoesNotStop_doesNotHoldTheCaller() throws Exception {
    java.util.concurrent.CountDownLatch release = new java.util.concurrent.CountDownLatch(1);
    java.util.concurrent.CountDownLatch over = new java.util.concurrent.CountDownLatch(1);
    Watchdog watchdog = new Watchdog("deaf", () -> awaitDeaf(release), over::countDown);
    assertThat(watchdog.await(Duration.ofMillis(50), Duration.ofSeconds(5))).contains(Limit.WALL_CLOCK);
    assertThat(watchdog.wall()).isLessThan(Duration.ofMillis(50).plus(SOON));
    assertThat(watchdog.hasEnded()).isFalse();
    release.countDown();
    over.await();
    assertThat(watchdog.hasEnded()).isTrue();
  }

  private static void awaitDeaf(java.util.concurrent.CountDownLatch release) {
    while (release.getCount() > 0) {
      Thread.onSpinWait();
    }
  }

  private void assertEndsAt(Limit limit, String body) throws Exception {
    LoadedModule loaded = engine.load(Wat.command(body), LIMITS);
    long start = System.nanoTime();
    ExecutionResult result = loaded.run(new byte[0], written::writeBytes);
    assertLimit(result, limit);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LIMITS.wallClock().plus(SOON));
  }

  private static void assertLimit(ExecutionResult result, Limit limit) {
    assertThat(result).isInstanceOfSatisfying(LimitExceeded.class, at -> assertThat(at.limit()).isEqualTo(limit));
  }

  private ExecutionResult run(byte[] module) throws InterruptedException {
    return engine.load(module, LIMITS).run(new byte[0], written::writeBytes);
  }

  /** What the last run answered. */
  private int number(ExecutionResult result) {
    assertThat(result).isInstanceOf(Succeeded.class);
    int number = ByteBuffer.wrap(written.toByteArray()).order(ByteOrder.LITTLE_ENDIAN).getInt();
    written.reset();
    return number;
  }
}
