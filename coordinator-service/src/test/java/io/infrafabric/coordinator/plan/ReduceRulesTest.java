package io.infrafabric.coordinator.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.coordinator.plan.ReduceRules.Given;
import io.infrafabric.coordinator.plan.ReduceRules.Missing;
import io.infrafabric.coordinator.plan.ReduceRules.Reduced;
import io.infrafabric.coordinator.v1.Reducer;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReduceRulesTest {
  private static final Missing NONE = new Missing(0, 0);
  private static final int MOST_ITEMS = 2_000;

  /** Results t0, t1, ... in the order of the plan, completed in the order of the revisions. */
  private static List<Given> given(String... results) {
    return IntStream.range(0, results.length).mapToObj(i -> given(i, i + 1, results[i])).toList();
  }

  private static Given given(int task, long revision, String result) {
    return new Given("t" + task, revision, ByteString.copyFromUtf8(result), Optional.empty());
  }

  private static Reduced reduce(Reducer reducer, int quorum, boolean partial, Missing missing, List<Given> all) {
    ReduceRules.Fold fold = ReduceRules.of(reducer, quorum, partial, MOST_ITEMS);
    Map<String, Given> byId = new HashMap<>();
    ByteString told = ByteString.EMPTY;
    for (Given one : all) {
      byId.put(one.taskId(), one);
      told = told.concat(fold.add(one));
    }
    Reduced last = fold.end(missing, byId::get);
    return new Reduced(told.concat(last.result()), last.object(), last.results(), last.taskIds());
  }

  private static String text(Reducer reducer, List<Given> all) {
    return reduce(reducer, 0, false, NONE, all).result().toStringUtf8();
  }

  private static void assertRefused(ErrorCode code, Reducer reducer, int quorum, boolean partial, Missing missing, List<Given> all) {
    assertThatThrownBy(() -> reduce(reducer, quorum, partial, missing, all))
        .isInstanceOfSatisfying(RefusedException.class, refused -> assertThat(refused.refusal().code()).isEqualTo(code));
  }

  @Test
  void first_isWhatWasCompletedFirst_whateverElseRuns() {
    List<Given> all = List.of(given(0, 30, "late"), given(1, 10, "early"));
    Reduced first = reduce(Reducer.REDUCER_FIRST, 0, false, new Missing(5, 1), all);
    assertThat(first.result().toStringUtf8()).isEqualTo("early");
    assertThat(first.taskIds()).containsExactly("t1");
    assertRefused(ErrorCode.ERROR_CODE_PLAN_NOT_COMPLETE, Reducer.REDUCER_FIRST, 0, false, new Missing(1, 0), List.of());
    assertRefused(ErrorCode.ERROR_CODE_NO_RESULT, Reducer.REDUCER_FIRST, 0, true, new Missing(0, 3), List.of());
  }

  @Test
  void bestScore_comparesNumbersByValue_andTakesTheFirstOfEqualOnes() {
    List<Given> all = given("{\"score\": 9}", "{\"score\": 1.0e1, \"by\": \"a\"}", "{\"score\": 10.00, \"by\": \"b\"}", "{\"score\": -3}");
    assertThat(text(Reducer.REDUCER_BEST_SCORE, all)).contains("\"by\": \"a\"");
    assertThat(text(Reducer.REDUCER_BEST_SCORE, given("{\"score\": -1}", "{\"score\": -2}"))).contains("-1");
    assertRefused(ErrorCode.ERROR_CODE_NO_RESULT, Reducer.REDUCER_BEST_SCORE, 0, false, NONE, given("{\"score\": 1}", "{\"score\": 1e999999999}"));
  }

  @Test
  void bestScore_doesNotPassOverAResultWithoutOne_unlessPartial() {
    List<Given> all = given("{\"score\": 1}", "{\"score\": \"9\"}", "text", "[5]");
    assertRefused(ErrorCode.ERROR_CODE_NO_RESULT, Reducer.REDUCER_BEST_SCORE, 0, false, NONE, all);
    Reduced partial = reduce(Reducer.REDUCER_BEST_SCORE, 0, true, NONE, all);
    assertThat(partial.taskIds()).containsExactly("t0");
    assertThat(partial.results()).isEqualTo(1);
    assertRefused(ErrorCode.ERROR_CODE_NO_RESULT, Reducer.REDUCER_BEST_SCORE, 0, true, NONE, given("text"));
  }

  @Test
  void mergeAll_isTheUnionWithoutRepetitions_inTheOrderOfThePlan() {
    List<Given> all = given("[1, \"a\", {\"x\": 1, \"y\": 2}]", "{\"y\": 2.0, \"x\": 1}", "a", "[1.0, null, true, 1e999999999, 20]", "");
    assertThat(text(Reducer.REDUCER_MERGE_ALL, all)).isEqualTo("[1,\"a\",{\"x\":1,\"y\":2},null,true,1e999999999,20,\"\"]");
    assertThat(reduce(Reducer.REDUCER_MERGE_ALL, 0, false, NONE, all).taskIds()).hasSize(5);
  }

  @Test
  void mergeAll_hasALimitOfDifferentItems_andNoneOfBytes() {
    List<Given> large = IntStream.range(0, 30).mapToObj(i -> given(i, i + 1, i + "x".repeat(60_000))).toList();
    assertThat(reduce(Reducer.REDUCER_MERGE_ALL, 0, true, NONE, large).result().size()).isGreaterThan(1 << 20);
    List<Given> most = IntStream.range(0, MOST_ITEMS).mapToObj(i -> given(i, i + 1, "[" + i + ", " + i + ".0]")).toList();
    Reduced merged = reduce(Reducer.REDUCER_MERGE_ALL, 0, false, NONE, most);
    assertThat(merged.results()).isEqualTo(MOST_ITEMS);
    assertThat(merged.taskIds()).hasSize(ReduceRules.MOST_NAMED);
    List<Given> oneMore = new ArrayList<>(most);
    oneMore.add(given(MOST_ITEMS, 1, "one more"));
    assertRefused(ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE, Reducer.REDUCER_MERGE_ALL, 0, true, NONE, oneMore);
  }

  @Test
  void mergeAll_ofNothingButEmptyArrays_isAnEmptyArray_andWhatLooksLikeOneIsText() {
    assertThat(text(Reducer.REDUCER_MERGE_ALL, given("[]", " [ ] "))).isEqualTo("[]");
    assertThat(text(Reducer.REDUCER_MERGE_ALL, given("[1, oops", "[2] 3"))).as("nothing of half an array").isEqualTo("[\"[1, oops\",\"[2] 3\"]");
  }

  @Test
  void majority_isWhatMostSay_byMeaning_andTheFirstOfEqualOnes() {
    Reduced most = reduce(Reducer.REDUCER_MAJORITY_VOTE, 0, false, NONE, given("no", "{\"a\":1}", "{ \"a\": 1.0 }", "no", "{\"a\":1}"));
    assertThat(most.result().toStringUtf8()).isEqualTo("{\"a\":1}");
    assertThat(most.results()).isEqualTo(3);
    assertThat(most.taskIds()).containsExactly("t1", "t2", "t4");
    assertThat(text(Reducer.REDUCER_MAJORITY_VOTE, given("b", "a", "a", "b"))).isEqualTo("b");
  }

  @Test
  void majority_waitsForAll_unlessPartial() {
    assertRefused(ErrorCode.ERROR_CODE_PLAN_NOT_COMPLETE, Reducer.REDUCER_MAJORITY_VOTE, 0, false, new Missing(1, 0), given("a", "a"));
    assertRefused(ErrorCode.ERROR_CODE_PLAN_NOT_COMPLETE, Reducer.REDUCER_MAJORITY_VOTE, 0, false, new Missing(0, 1), given("a", "a"));
    assertThat(reduce(Reducer.REDUCER_MAJORITY_VOTE, 0, true, new Missing(1, 1), given("a", "a")).results()).isEqualTo(2);
  }

  @Test
  void threeOfFive_isAnsweredAsSoonAsThreeAgree_andRefusedWhenTheyCannot() {
    Reduced quorum = reduce(Reducer.REDUCER_QUORUM, 3, false, new Missing(1, 0), given("a", "b", "a", "a"));
    assertThat(quorum.result().toStringUtf8()).isEqualTo("a");
    assertThat(quorum.taskIds()).containsExactly("t0", "t2", "t3");
    assertRefused(ErrorCode.ERROR_CODE_PLAN_NOT_COMPLETE, Reducer.REDUCER_QUORUM, 3, false, new Missing(1, 0), given("a", "b", "a", "c"));
    assertRefused(ErrorCode.ERROR_CODE_NO_RESULT, Reducer.REDUCER_QUORUM, 3, false, new Missing(1, 0), given("a", "b"));
    assertRefused(ErrorCode.ERROR_CODE_NO_RESULT, Reducer.REDUCER_QUORUM, 3, false, NONE, given("a", "b", "a", "b", "c"));
  }

  private static Given inStore(int task, long revision, String content) {
    ObjectRef ref = ObjectRef.newBuilder().setSha256("ab".repeat(31) + "%02x".formatted(task)).setSizeBytes(content.length()).build();
    return new Given("t" + task, revision, ByteString.copyFromUtf8(content), Optional.of(ref));
  }

  @Test
  void objects_agreeByTheirDigest() {
    ObjectRef ref = ObjectRef.newBuilder().setSha256("ab".repeat(32)).setSizeBytes(70_000).build();
    List<Given> all =
        List.of(new Given("t0", 1, ByteString.EMPTY, Optional.of(ref)), given(1, 2, ""), new Given("t2", 3, ByteString.EMPTY, Optional.of(ref)));
    assertThat(reduce(Reducer.REDUCER_QUORUM, 2, false, NONE, all).object()).contains(ref);
  }

  @Test
  void objects_areLookedIntoOnlyWhereTheAnswerNeedsIt() {
    Map<Reducer, Boolean> expected =
        Map.of(
            Reducer.REDUCER_FIRST, false,
            Reducer.REDUCER_BEST_SCORE, true,
            Reducer.REDUCER_MERGE_ALL, true,
            Reducer.REDUCER_MAJORITY_VOTE, false,
            Reducer.REDUCER_QUORUM, false);
    expected.forEach((reducer, looks) -> assertThat(ReduceRules.of(reducer, 1, false, 1).looksInside()).as(reducer.name()).isEqualTo(looks));
  }

  @Test
  void bestScore_ofAnObject_isTheObject_withoutItsBytes() {
    List<Given> all = List.of(given(0, 1, "{\"score\": 1}"), inStore(1, 2, "{\"pad\": [[{}]], \"score\": 2}"), given(2, 3, "{\"score\": 1.5}"));
    Reduced best = reduce(Reducer.REDUCER_BEST_SCORE, 0, false, NONE, all);
    assertThat(best.object()).isEqualTo(all.get(1).object());
    assertThat(best.result()).isEqualTo(ByteString.EMPTY);
    assertRefused(ErrorCode.ERROR_CODE_NO_RESULT, Reducer.REDUCER_BEST_SCORE, 0, false, NONE, List.of(inStore(1, 2, "{\"score\": 2} and more")));
  }

  @Test
  void mergeAll_takesObjectsLikeAnyOtherResult() {
    List<Given> all = List.of(given(0, 1, "[1]"), inStore(1, 2, "[2, 1, {\"a\": 1}]"), inStore(2, 3, "{\"a\": 1.0}"));
    assertThat(text(Reducer.REDUCER_MERGE_ALL, all)).isEqualTo("[1,2,{\"a\":1}]");
  }

  @Test
  void objectAboveTheLimit_isRefusedByName_andOneAtItIsNot() {
    assertThat(ReduceRules.mayLookInside(inStore(7, 1, "12345"), 4).map(Refusal::message))
        .contains("the result of task t7 has 5 bytes, above the 4 of reduce-result-bytes: raise the setting, or read it by itself");
    assertThat(ReduceRules.mayLookInside(inStore(7, 1, "12345"), 5)).isEmpty();
    assertThat(ReduceRules.mayLookInside(given(7, 1, "12345"), 4)).isEmpty();
  }

  /** Once there is a quorum no further result changes it, in whatever order they come. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void quorum_staysWhatItWas(long seed) {
    Random random = new Random(seed);
    List<Integer> tasks = new ArrayList<>(IntStream.range(0, 12).boxed().toList());
    Collections.shuffle(tasks, random);
    List<Given> byCompletion = new ArrayList<>();
    tasks.forEach(task -> byCompletion.add(given(task, byCompletion.size() + 1, String.valueOf(random.nextInt(4)))));
    String before = null;
    for (int done = 0; done <= byCompletion.size(); done++) {
      List<Given> sofar = new ArrayList<>(byCompletion.subList(0, done));
      Collections.shuffle(sofar, random);
      int most = sofar.stream().collect(Collectors.groupingBy(Given::meaning)).values().stream().mapToInt(List::size).max().orElse(0);
      if (most < 3) {
        assertThat(before).isNull();
        continue;
      }
      String now = reduce(Reducer.REDUCER_QUORUM, 3, false, new Missing(12 - done, 0), sofar).result().toStringUtf8();
      assertThat(before == null ? now : before).isEqualTo(now);
      before = now;
    }
  }

  /** The union of numbers is the set of them. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void mergeAll_hasEveryItemOnce(long seed) {
    Random random = new Random(seed);
    List<Given> all = new ArrayList<>();
    TreeSet<Integer> expected = new TreeSet<>();
    for (int i = 0; i < 30; i++) {
      List<Integer> some = random.ints(random.nextInt(5), 0, 40).boxed().toList();
      expected.addAll(some);
      all.add(given(i, i + 1, some.toString()));
    }
    String merged = text(Reducer.REDUCER_MERGE_ALL, all);
    List<Integer> items = new ArrayList<>();
    for (String item : merged.substring(1, merged.length() - 1).split(",")) {
      items.add(Integer.parseInt(item));
    }
    assertThat(items).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(expected);
  }
}
