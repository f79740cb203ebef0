package io.infrafabric.governor.registry;

import io.infrafabric.kit.config.Nearest;
import io.infrafabric.manifest.ManifestRules;
import io.infrafabric.names.Limits;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The models that swarms may name, each with what an hour of it usually costs.
 *
 * @param microsPerHour micro-USD by model
 */
public record PriceList(SortedMap<String, Long> microsPerHour) {
  /** What stands in the settings when nobody says otherwise. */
  public static final String DEFAULT = "haiku=2,sonnet=15,opus=75,wasm=36";

  private static final Pattern LINE = Pattern.compile("(" + ManifestRules.MODEL + ")=(\\d{1,9}(?:\\.\\d{1,6})?)");

  public PriceList {
    microsPerHour = Collections.unmodifiableSortedMap(new TreeMap<>(microsPerHour));
  }

  /**
   * Reads prices such as {@code haiku=2} and {@code sonnet=15.50}, in US dollars an hour.
   *
   * @throws IllegalArgumentException when one is malformed or there twice
   */
  public static PriceList parse(List<String> lines) {
    TreeMap<String, Long> prices = new TreeMap<>();
    for (String line : lines) {
      Matcher price = LINE.matcher(line);
      if (!price.matches() || price.group(1).isEmpty()) {
        throw new IllegalArgumentException("a price is a model and US dollars an hour, such as haiku=2.00, not \"" + line + "\"");
      }
      long micros = new BigDecimal(price.group(2)).movePointRight(6).longValueExact();
      if (micros > Limits.MONEY_MICROS || prices.put(price.group(1), micros) != null) {
        throw new IllegalArgumentException("the price of " + price.group(1) + " is there twice or above one billion US dollars");
      }
    }
    return new PriceList(prices);
  }

  /** The usual list. */
  public static PriceList defaults() {
    return parse(List.of(DEFAULT.split(",")));
  }

  /** Why a swarm may not name the model, if so; it may name none. */
  Optional<String> fault(String model) {
    if (model.isEmpty() || microsPerHour.containsKey(model)) {
      return Optional.empty();
    }
    String near = Nearest.to(model, microsPerHour.keySet()).map(" did you mean %s?"::formatted).orElse("");
    return Optional.of("no model of the price list;%s known are %s".formatted(near, String.join(", ", microsPerHour.keySet())));
  }
}
