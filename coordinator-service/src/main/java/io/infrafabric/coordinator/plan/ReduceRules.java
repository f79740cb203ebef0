package io.infrafabric.coordinator.plan;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.coordinator.v1.Reducer;
import io.infrafabric.error.Refusal;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Makes one result of many. Pure, and of a memory that does not grow with the size of the results but for what is answered. Ties are
 * decided by the order of the tasks in the plan, or of their completion where that is said, so that every call answers the same.
 */
final class ReduceRules {
  /** Tasks that an answer names. */
  static final int MOST_NAMED = 1_000;

  private ReduceRules() {}

  /**
   * A result.
   *
   * @param revision at which the task was completed
   * @param result the bytes; of one in the object store only for a fold that looks inside, otherwise none
   * @param object set when the result is in the object store
   */
  record Given(String taskId, long revision, ByteString result, Optional<ObjectRef> object) {
    /** Without the bytes, where the object store has them. */
    Given named() {
      return object.isPresent() ? new Given(taskId, revision, ByteString.EMPTY, object) : this;
    }

    /** What equal results share: the value of JSON, the bytes of anything else; of an object its digest. */
    String meaning() {
      if (object.isPresent()) {
        return "sha256:" + object.get().getSha256();
      }
      String same = JsonValues.of(result).map(JsonValues::canonical).orElse(null);
      byte[] bytes = same == null ? result.toByteArray() : same.getBytes(StandardCharsets.UTF_8);
      return "sha256:" + HexFormat.of().formatHex(PlanRules.sha256(bytes));
    }
  }

  /**
   * The tasks that have no result.
   *
   * @param open may still get one
   * @param failed ended without
   */
  record Missing(long open, long failed) {}

  /**
   * What came out.
   *
   * @param result the answer, or its last piece where pieces were told before
   * @param results so many results it is of
   * @param taskIds of which the first are named
   */
  record Reduced(ByteString result, Optional<ObjectRef> object, int results, List<String> taskIds) {}

  /** Takes the results in the order of the plan and says what they make. */
  interface Fold {
    /** Whether it has to see the bytes of a result that is in the object store, and not only which they are. */
    default boolean looksInside() {
      return false;
    }

    /** Takes a result; returns the next piece of an answer that is told as it is made, otherwise nothing. */
    ByteString add(Given given);

    /**
     * What the results make.
     *
     * @param again reads the result of a task that was added once more
     * @throws io.infrafabric.error.RefusedException PLAN_NOT_COMPLETE when more may come, NO_RESULT when none can
     */
    Reduced end(Missing missing, Function<String, Given> again);
  }

  /**
   * A fold.
   *
   * @param quorum equal results that a quorum needs, at least 1
   * @param partial answer with what there is
   * @param mostItems different ones of a merge
   */
  static Fold of(Reducer reducer, int quorum, boolean partial, int mostItems) {
    return switch (reducer) {
      case REDUCER_FIRST -> new First();
      case REDUCER_BEST_SCORE -> new BestScore(partial);
      case REDUCER_MERGE_ALL -> new MergeAll(partial, mostItems);
      case REDUCER_MAJORITY_VOTE -> new Votes(0, partial);
      case REDUCER_QUORUM -> new Votes(quorum, partial);
      case REDUCER_UNSPECIFIED, UNRECOGNIZED -> throw new IllegalArgumentException("no reducer: " + reducer);
    };
  }

  /** What keeps a result in the object store from being looked into. */
  static Optional<Refusal> mayLookInside(Given given, int mostBytes) {
    return given
        .object()
        .filter(ref -> ref.getSizeBytes() > mostBytes)
        .map(
            ref ->
                Refusal.of(
                        ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE,
                        "the result of task %s has %d bytes, above the %d of reduce-result-bytes: raise the setting, or read it by itself"
                            .formatted(given.taskId(), ref.getSizeBytes(), mostBytes))
                    .with("task_id", given.taskId()));
  }

  static void needAll(Missing missing, boolean partial, int results) {
    if (!partial && missing.open() + missing.failed() > 0) {
      throw incomplete(missing);
    }
    if (results == 0) {
      throw missing.open() > 0 ? incomplete(missing) : none("no task has a result");
    }
  }

  private static RuntimeException incomplete(Missing missing) {
    return Refusal.of(
            ErrorCode.ERROR_CODE_PLAN_NOT_COMPLETE,
            missing.open() + " tasks have no result yet and " + missing.failed() + " ended without one")
        .with("open", missing.open())
        .with("failed", missing.failed())
        .asException();
  }

  private static RuntimeException none(String why) {
    return Refusal.of(ErrorCode.ERROR_CODE_NO_RESULT, why).asException();
  }

  private static Reduced one(Given given, int results) {
    return new Reduced(given.result(), given.object(), results, List.of(given.taskId()));
  }

  /** The result of the task that was completed first. */
  private static final class First implements Fold {
    private Given first;

    @Override
    public ByteString add(Given given) {
      if (first == null || given.revision() < first.revision()) {
        first = given;
      }
      return ByteString.EMPTY;
    }

    @Override
    public Reduced end(Missing missing, Function<String, Given> again) {
      needAll(missing, true, first == null ? 0 : 1);
      return one(first, 1);
    }
  }

  /** The result with the highest {@code score}; of equal ones the first of the plan. */
  private static final class BestScore implements Fold {
    private final boolean partial;
    private Given best;
    private BigDecimal score;
    private int results;
    private String scoreless;

    BestScore(boolean partial) {
      this.partial = partial;
    }

    @Override
    public boolean looksInside() {
      return true;
    }

    @Override
    public ByteString add(Given given) {
      Optional<BigDecimal> its = JsonValues.score(given.result());
      if (its.isEmpty()) {
        scoreless = scoreless == null ? given.taskId() : scoreless;
        return ByteString.EMPTY;
      }
      results++;
      if (score == null || its.get().compareTo(score) > 0) {
        score = its.get();
        best = given.named();
      }
      return ByteString.EMPTY;
    }

    @Override
    public Reduced end(Missing missing, Function<String, Given> again) {
      if (scoreless != null && (!partial || results == 0)) {
        throw none("the result of task " + scoreless + " is no JSON object with a number under score");
      }
      needAll(missing, partial, results);
      return one(best, results);
    }
  }

  /**
   * The result that most tasks have. With a quorum the one that first was the result of so many, which more results cannot
   * change; without one that of most, of equal ones the first of the plan.
   */
  private static final class Votes implements Fold {
    private final int quorum;
    private final boolean partial;
    private final List<Vote> votes = new ArrayList<>();

    /** Without the result itself: very many of them would fill the memory. */
    private record Vote(String taskId, long revision, String meaning) {}

    Votes(int quorum, boolean partial) {
      this.quorum = quorum;
      this.partial = partial;
    }

    @Override
    public ByteString add(Given given) {
      votes.add(new Vote(given.taskId(), given.revision(), given.meaning()));
      return ByteString.EMPTY;
    }

    @Override
    public Reduced end(Missing missing, Function<String, Given> again) {
      if (quorum > 0) {
        votes.sort(Comparator.comparingLong(Vote::revision));
      } else {
        needAll(missing, partial, votes.size());
      }
      Map<String, List<Vote>> byMeaning = new LinkedHashMap<>();
      for (Vote vote : votes) {
        List<Vote> equal = byMeaning.computeIfAbsent(vote.meaning(), m -> new ArrayList<>());
        equal.add(vote);
        if (quorum > 0 && equal.size() == quorum) {
          return answer(equal, again);
        }
      }
      List<Vote> most = List.of();
      for (List<Vote> equal : byMeaning.values()) {
        most = equal.size() > most.size() ? equal : most;
      }
      if (quorum > 0) {
        throw most.size() + missing.open() >= quorum
            ? incomplete(missing)
            : none("no " + quorum + " results are equal: at most " + most.size() + " of " + votes.size());
      }
      return answer(most, again);
    }

    private static Reduced answer(List<Vote> equal, Function<String, Given> again) {
      Given given = again.apply(equal.getFirst().taskId());
      List<String> ids = equal.stream().limit(MOST_NAMED).map(Vote::taskId).toList();
      return new Reduced(given.result(), given.object(), equal.size(), ids);
    }
  }
}
