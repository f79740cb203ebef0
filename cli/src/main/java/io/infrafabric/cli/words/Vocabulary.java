package io.infrafabric.cli.words;

import io.infrafabric.kit.config.Nearest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * The spellings of one kind of word, and what each means. Upper and lower case make no difference, nor do hyphens, underscores and blanks. Pure.
 *
 * @param noun what such a word is, such as {@code state}
 * @param told what each spelling means, in the order in which a person is told of them
 * @param untold spellings that are understood too, and would only be noise
 * @param also what to tell a person besides the spellings; empty when nothing
 */
public record Vocabulary<T>(String noun, Map<String, T> told, Map<String, T> untold, String also) {
  private static final int HINTS = 3;
  private static final int SHOWN = 80;

  /** What stands between two letters and makes no difference; what stands before a digit is a sign. */
  private static final Pattern BETWEEN = Pattern.compile("(?<=[a-z])[-_\\s]+(?=[a-z])");

  /** What the word means; empty when it is no spelling of anything. */
  public Optional<T> find(String given) {
    String key = key(given);
    return Optional.ofNullable(keys(told).get(key)).map(told::get).or(() -> Optional.ofNullable(keys(untold).get(key)).map(untold::get));
  }

  /** What to tell somebody who gave a word that is no spelling of anything: the nearest ones, or else all that are told. */
  public String no(String given) {
    Map<String, String> keys = keys(told);
    List<String> near = Nearest.some(key(given), keys.keySet(), HINTS).stream().map(keys::get).toList();
    return "\"%s\" is no %s%s".formatted(shown(given), noun, near.isEmpty() ? "; " + known() : ", did you mean " + either(near) + "?");
  }

  /** All spellings that are told. */
  public String known() {
    return "known are " + String.join(", ", told.keySet()) + also;
  }

  /** The same spellings of other things. */
  <R> Vocabulary<R> of(Function<T, R> meaning) {
    return new Vocabulary<>(noun, mapped(told, meaning), mapped(untold, meaning), also);
  }

  private static <T, R> Map<String, R> mapped(Map<String, T> words, Function<T, R> meaning) {
    Map<String, R> mapped = new LinkedHashMap<>();
    words.forEach((word, means) -> mapped.put(word, meaning.apply(means)));
    return mapped;
  }

  /** The spellings by what of them makes a difference. */
  private static Map<String, String> keys(Map<String, ?> words) {
    Map<String, String> keys = new LinkedHashMap<>();
    words.keySet().forEach(word -> keys.putIfAbsent(key(word), word));
    return keys;
  }

  private static String key(String word) {
    return BETWEEN.matcher(word.strip().toLowerCase(Locale.ROOT)).replaceAll("");
  }

  private static String either(List<String> words) {
    List<String> others = new ArrayList<>(words);
    String last = others.removeLast();
    return others.isEmpty() ? last : String.join(", ", others) + " or " + last;
  }

  private static String shown(String given) {
    String printable = given.replaceAll("[^ -~]", "?");
    return printable.length() > SHOWN ? printable.substring(0, SHOWN) + "..." : printable;
  }
}
