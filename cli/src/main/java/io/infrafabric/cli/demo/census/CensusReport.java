package io.infrafabric.cli.demo.census;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the fabric counted, compared with what is right.
 *
 * @param perLanguage the fabric's results, summed
 * @param differences each task whose result is missing or wrong, in words
 * @param skipped files that were not counted
 */
public record CensusReport(SortedMap<String, Totals> perLanguage, List<String> differences, List<SourceTree.Skipped> skipped) {

  /**
   * Sums the results and compares each with the expected one.
   *
   * @param expected by task id
   * @param results what the module answered, by task id
   */
  public static CensusReport of(
      Map<String, Counted> expected, Map<String, String> results, List<SourceTree.Skipped> skipped) {
    SortedMap<String, Totals> sums = new TreeMap<>();
    List<String> differences = new ArrayList<>();
    new TreeMap<>(expected)
        .forEach(
            (task, right) -> {
              String result = results.get(task);
              Counted found = result == null ? null : Counted.parse(result).orElse(null);
              if (found != null) {
                sums.merge(found.language(), Totals.NONE.plus(found), Totals::plus);
              }
              if (!right.equals(found)) {
                differences.add("%s: %s instead of %s".formatted(task, result == null ? "no result" : result.strip(), right));
              }
            });
    Map<String, Totals> rightSums = new HashMap<>();
    expected.values().forEach(right -> rightSums.merge(right.language(), Totals.NONE.plus(right), Totals::plus));
    if (differences.isEmpty() && !rightSums.equals(sums)) {
      differences.add("the sums %s are not %s".formatted(sums, rightSums));
    }
    return new CensusReport(sums, List.copyOf(differences), List.copyOf(skipped));
  }

  /** Over all languages. */
  public Totals total() {
    return perLanguage.values().stream().reduce(Totals.NONE, Totals::plus);
  }

  /** Whether every file was counted and counted right. */
  public boolean verified() {
    return differences.isEmpty() && !perLanguage.isEmpty();
  }
}
