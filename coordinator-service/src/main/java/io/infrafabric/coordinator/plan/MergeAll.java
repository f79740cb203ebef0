package io.infrafabric.coordinator.plan;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.plan.ReduceRules.Given;
import io.infrafabric.coordinator.plan.ReduceRules.Missing;
import io.infrafabric.coordinator.plan.ReduceRules.Reduced;
import io.infrafabric.error.Refusal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Every different result once, as a JSON array: the items of arrays, and other results as they are. The array is told piece by piece as the
 * results come; what stays in memory of an item is its digest.
 */
final class MergeAll implements ReduceRules.Fold {
  private final boolean partial;
  private final int mostItems;
  private final Set<Digest> seen = new HashSet<>();
  private final List<String> taskIds = new ArrayList<>();
  private int results;

  /** The SHA-256 of what an item means. */
  private record Digest(long first, long second, long third, long fourth) {
    static Digest of(JsonElement item) {
      ByteBuffer digest = ByteBuffer.wrap(PlanRules.sha256(JsonValues.canonical(item).getBytes(StandardCharsets.UTF_8)));
      return new Digest(digest.getLong(), digest.getLong(), digest.getLong(), digest.getLong());
    }
  }

  MergeAll(boolean partial, int mostItems) {
    this.partial = partial;
    this.mostItems = mostItems;
  }

  @Override
  public boolean looksInside() {
    return true;
  }

  @Override
  public ByteString add(Given given) {
    results++;
    if (taskIds.size() < ReduceRules.MOST_NAMED) {
      taskIds.add(given.taskId());
    }
    ByteString.Output piece = ByteString.newOutput();
    if (!JsonValues.items(given.result(), item -> item(item, piece))) {
      item(JsonValues.of(given.result()).orElseGet(() -> new JsonPrimitive(text(given.result()))), piece);
    }
    return piece.toByteString();
  }

  /** What is neither JSON nor text is told as base64. */
  private static String text(ByteString result) {
    return JsonValues.text(result).orElseGet(() -> Base64.getEncoder().encodeToString(result.toByteArray()));
  }

  private void item(JsonElement item, ByteString.Output piece) {
    boolean first = seen.isEmpty();
    if (!seen.add(Digest.of(item))) {
      return;
    }
    if (seen.size() > mostItems) {
      throw Refusal.of(
              ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE,
              "the merged result has more than the " + mostItems + " different items of reduce-items: merge it phase by phase, or read the results of the tasks")
          .asException();
    }
    piece.write(first ? '[' : ',');
    byte[] text = JsonValues.compact(item).getBytes(StandardCharsets.UTF_8);
    piece.write(text, 0, text.length);
  }

  @Override
  public Reduced end(Missing missing, Function<String, Given> again) {
    ReduceRules.needAll(missing, partial, results);
    return new Reduced(ByteString.copyFromUtf8(seen.isEmpty() ? "[]" : "]"), Optional.empty(), results, taskIds);
  }
}
