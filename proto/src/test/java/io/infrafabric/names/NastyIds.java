package io.infrafabric.names;

import java.util.Random;
import java.util.stream.Stream;

/** Texts that must never become an id, and random ones that may. */
final class NastyIds {
  private static final String ALPHABET = "abcxyz0189";
  private static final String INNER = ALPHABET + "--";

  private NastyIds() {}

  /** What somebody may send to get at another's keys and subjects, and what merely looks like an id. */
  static Stream<String> all() {
    return Stream.of(
        "", " ", "a ", " a", "a b", ".", "a.b", "*", "a.*", ">", "a>", "/", "a/b", "../a", "a/../b", "-", "-a", "a-", "--", "A", "aB",
        "ä", "é", "ı", "ａ", "а", "١", "a\u0301", "\uD83D\uDE00", "a\u200bb", "a\n", "\na", "a\0", "a\tb", "a_b", "a:b", "a%2fb", "a$b", "$SRV",
        "x".repeat(64), "x".repeat(1_000), "a" + "-".repeat(62));
  }

  /** An id of 1 to 63 characters. */
  static String random(Random random) {
    int length = 1 + random.nextInt(random.nextInt(4) == 0 ? 63 : 4);
    StringBuilder id = new StringBuilder();
    for (int i = 0; i < length; i++) {
      String from = i == 0 || i == length - 1 ? ALPHABET : INNER;
      id.append(from.charAt(random.nextInt(from.length())));
    }
    return id.toString();
  }
}
