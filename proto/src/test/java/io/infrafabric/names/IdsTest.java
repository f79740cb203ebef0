package io.infrafabric.names;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.RefusedException;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdsTest {
  static Stream<String> nasty() {
    return NastyIds.all();
  }

  static Stream<String> good() {
    return Stream.of("a", "0", "a0", "a-b", "a--b", "0-0", "x".repeat(63), "a" + "-".repeat(61) + "b", "t-0123456789abcdef");
  }

  @ParameterizedTest
  @MethodSource("good")
  void id_isTakenWhenItFollowsTheGrammar(String text) {
    assertThat(Ids.isId(text)).isTrue();
    assertThat(Ids.require("swarm_id", text)).isEqualTo(text);
    assertThat(new SwarmId(text)).hasToString(text);
    assertThat(new TaskId(text)).hasToString(text);
    assertThat(new PlanId(text)).hasToString(text);
  }

  @ParameterizedTest
  @MethodSource("nasty")
  void id_isRefusedWhenItDoesNot(String text) {
    assertThat(Ids.isId(text)).isFalse();
    for (Function<String, ?> type : Set.<Function<String, ?>>of(SwarmId::new, TaskId::new, PlanId::new)) {
      assertThatThrownBy(() -> type.apply(text))
          .isInstanceOfSatisfying(
              RefusedException.class, refused -> assertThat(refused.refusal().code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ID));
    }
  }

  @Test
  void id_isRefusedWhenThereIsNone() {
    assertThat(Ids.isId(null)).isFalse();
    assertThatThrownBy(() -> new SwarmId(null)).isInstanceOf(RefusedException.class).hasMessageContaining("nothing");
  }

  @ParameterizedTest
  @MethodSource("nasty")
  void refusal_showsAsciiOnly_andLittleOfIt(String text) {
    assertThat(Ids.invalid("task_id", text).message()).matches("[ -~]*").hasSizeLessThan(600);
  }

  @Test
  void randomIds_areTaken() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 1_000; i++) {
      String id = NastyIds.random(random);
      assertThat(Ids.isId(id)).as("%s of seed %d", id, seed).isTrue();
    }
  }

  @Test
  void ulid_isAnId_newEachTime_andSortsByItsTime() {
    Set<String> made = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      String id = Ids.ulid(1_700_000_000_000L + i);
      assertThat(Ids.isId(id)).isTrue();
      assertThat(id).hasSize(26);
      made.add(id);
    }
    assertThat(made).hasSize(1_000);
    assertThat(Ids.ulid(1_700_000_000_000L)).isLessThan(Ids.ulid(1_700_000_000_001L));
    assertThat(Ids.ulid(0)).startsWith("0000000000");
    assertThat(Ids.ulid((1L << 48) - 1)).startsWith("7zzzzzzzzz");
  }

  @Test
  void secret_is128Bits() {
    assertThat(Ids.secret()).matches("[0-9a-f]{32}").isNotEqualTo(Ids.secret());
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "A.b_c:d-9", "01J8ZQ3W9V", "0"})
  void requestId_isTaken(String text) {
    assertThat(Ids.isRequestId(text)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "a/b", "ä", "a\n", "*", ">"})
  void requestId_isRefused(String text) {
    assertThat(Ids.isRequestId(text)).isFalse();
  }

  /** The grammar as it is written down, against what is checked by hand. */
  @Test
  void everyText_isTakenExactlyWhenTheGrammarSaysSo() {
    Pattern id = Pattern.compile("[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?");
    Pattern capability = Pattern.compile("[a-z0-9-]{1,40}(:[a-z0-9-]{1,40}){1,2}");
    Pattern request = Pattern.compile("[A-Za-z0-9._:-]{1,128}");
    String letters = "az09-::AZ._ \n\u00e9";
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 200_000; i++) {
      int kinds = 1 + random.nextInt(letters.length());
      int length = random.nextInt(10) == 0 ? random.nextInt(135) : random.nextInt(9);
      String text = random.ints(length, 0, kinds).mapToObj(at -> letters.substring(at, at + 1)).collect(Collectors.joining());
      String seen = "%s of seed %d".formatted(text, seed);
      assertThat(Ids.isId(text)).as(seen).isEqualTo(id.matcher(text).matches());
      assertThat(Ids.isRequestId(text)).as(seen).isEqualTo(request.matcher(text).matches());
      assertThat(Capability.isCapability(text)).as(seen).isEqualTo(capability.matcher(text).matches());
      if (Capability.isCapability(text)) {
        String[] tokens = text.split(":");
        assertThat(new Capability(text).category()).isEqualTo(tokens[tokens.length - 2]);
      }
    }
  }

  @Test
  void requestId_hasAtMost128Characters() {
    assertThat(Ids.isRequestId("r".repeat(128))).isTrue();
    assertThat(Ids.isRequestId("r".repeat(129))).isFalse();
    assertThat(Ids.isRequestId(null)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"code:java", "eu:code:java", "a:b", "a-b:c-d", "-:-"})
  void capability_isTaken(String text) {
    assertThat(Capability.isCapability(text)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "java", ":", "a:", ":a", "a:b:c:d", "A:b", "a b:c", "a.b:c", "a:*", "a:>", "ä:b", "a::b", "a:b\n"})
  void capability_isRefused(String text) {
    assertThat(Capability.isCapability(text)).isFalse();
    assertThatThrownBy(() -> new Capability(text))
        .isInstanceOfSatisfying(
            RefusedException.class, refused -> assertThat(refused.refusal().code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_CAPABILITY));
  }

  @Test
  void capability_hasTokensOfAtMost40Characters() {
    String token = "t".repeat(40);
    assertThat(Capability.isCapability(token + ":" + token + ":" + token)).isTrue();
    assertThat(Capability.isCapability(token + "t:" + token)).isFalse();
  }

  @Test
  void capability_isReadFromTheRight() {
    Capability full = new Capability("eu:code:java");
    assertThat(full.category()).isEqualTo("code");
    assertThat(full.skill()).isEqualTo("java");
    assertThat(new Capability("code:java").category()).isEqualTo("code");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  void fence_isARevision(long revision) {
    assertThatThrownBy(() -> new Fence(revision)).isInstanceOf(IllegalArgumentException.class);
    assertThat(new Fence(1)).hasToString("1");
  }
}
