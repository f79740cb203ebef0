package io.infrafabric.kit.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds what somebody may have meant. */
public final class Nearest {
  private Nearest() {}

  /** The known word with the smallest edit distance, if that is at most a third of the longer word (and at least 2). */
  public static Optional<String> to(String word, Collection<String> known) {
    return near(word, known).findFirst();
  }

  /** All known words that are as near as that, nearest first, at most so many. */
  public static List<String> some(String word, Collection<String> known, int most) {
    return near(word, known).limit(most).toList();
  }

  private static Stream<String> near(String word, Collection<String> known) {
    return known.stream()
        .filter(candidate -> distance(word, candidate) <= tolerance(word, candidate))
        .sorted(Comparator.comparingInt((String candidate) -> distance(word, candidate)).thenComparing(Comparator.naturalOrder()));
  }

  private static int tolerance(String word, String candidate) {
    return Math.max(2, Math.max(word.length(), candidate.length()) / 3);
  }

  /** Levenshtein's distance: how many characters must be inserted, deleted or replaced. */
  static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replace = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replace, Math.min(previous[j], row[j - 1]) + 1);
      }
      previous = row;
    }
    return previous[b.length()];
  }
}
