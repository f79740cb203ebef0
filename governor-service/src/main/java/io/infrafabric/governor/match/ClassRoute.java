package io.infrafabric.governor.match;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which models are preferred for a kind of work, and which bloom pattern.
 *
 * @param tiers models, the preferred ones first; those of one tier are equal and their score decides
 * @param bloomPattern preferred; none when empty
 */
public record ClassRoute(List<Set<String>> tiers, String bloomPattern) {
  /** Prefers nobody. */
  public static final ClassRoute NONE = new ClassRoute(List.of(), "");

  private static final Pattern FORM = Pattern.compile("([a-z0-9-]{1,63})=([A-Za-z0-9._:|>-]*)(?:@([a-z0-9-]{1,40}))?");

  public ClassRoute {
    tiers = tiers.stream().map(Set::copyOf).toList();
  }

  /**
   * A class and its route.
   *
   * @param taskClass the kind of work
   */
  public record Named(String taskClass, ClassRoute route) {
    /**
     * Reads {@code security=sonnet>opus|gpt-9@steady}: sonnet first, then opus and gpt-9 alike, and the pattern steady.
     *
     * @throws IllegalArgumentException when it is malformed or names a model twice
     */
    public static Named parse(String text) {
      Matcher form = FORM.matcher(text);
      if (!form.matches()) {
        throw new IllegalArgumentException("a class is its name and its models, such as security=sonnet>opus, not \"" + text + "\"");
      }
      List<Set<String>> tiers = new ArrayList<>();
      Set<String> seen = new TreeSet<>();
      for (String tier : form.group(2).isEmpty() ? new String[0] : form.group(2).split(">", -1)) {
        Set<String> models = new TreeSet<>(List.of(tier.split("\\|", -1)));
        if (models.contains("") || models.stream().anyMatch(seen::contains) || models.size() < tier.split("\\|", -1).length) {
          throw new IllegalArgumentException("a model of class " + form.group(1) + " is empty or there twice: \"" + text + "\"");
        }
        seen.addAll(models);
        tiers.add(models);
      }
      return new Named(form.group(1), new ClassRoute(tiers, form.group(3) == null ? "" : form.group(3)));
    }
  }

  /** The place of a model, from 1; 0 for one that is not preferred. */
  int tierOf(String model) {
    for (int i = 0; i < tiers.size(); i++) {
      if (tiers.get(i).contains(model)) {
        return i + 1;
      }
    }
    return 0;
  }
}
