package io.infrafabric.cli.ifctl;

import com.google.protobuf.Message;
import io.infrafabric.cli.output.Output;
import io.infrafabric.kit.lifecycle.Periodic;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Looks again and again at what there is, and shows what is not as it was: for what the fabric lists and has no stream of.
 *
 * @param <T> what is looked at
 */
final class Follow<T extends Message> {
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Output out;
  private final Function<T, String> id;
  private final UnaryOperator<T> news;
  private final Predicate<T> listed;
  private final Function<T, String> line;
  private final Map<String, T> before = new HashMap<>();

  /**
   * @param id tells one thing from another
   * @param news a thing without what changes all the time and is no news
   * @param listed whether a thing is in the list that was asked for; how it leaves that is shown once
   * @param line what a person sees of it
   */
  Follow(Output out, Function<T, String> id, UnaryOperator<T> news, Predicate<T> listed, Function<T, String> line) {
    this.out = out;
    this.id = id;
    this.news = news;
    this.listed = listed;
    this.line = line;
  }

  /** Shows all, then every change; does not end by itself. What is wrong with the first look is thrown. */
  void untilInterrupted(Supplier<List<T>> look) {
    show(look.get());
    Periodic again = Periodic.start("follow", LOOK, () -> show(look.get()));
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    } finally {
      again.close();
    }
  }

  /** Shows what is not as it was at the last look. */
  void show(List<T> found) {
    Map<String, T> now = new HashMap<>();
    for (T thing : found) {
      T told = news.apply(thing);
      T was = before.get(id.apply(thing));
      boolean stays = listed.test(thing);
      if (stays) {
        now.put(id.apply(thing), told);
      }
      if (stays ? !told.equals(was) : was != null) {
        out.next(thing, () -> line.apply(thing));
      }
    }
    before.clear();
    before.putAll(now);
  }
}
