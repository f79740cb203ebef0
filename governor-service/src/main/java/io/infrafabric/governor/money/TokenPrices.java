package io.infrafabric.governor.money;

import io.infrafabric.governor.v1.DatedTokenPrice;
import io.infrafabric.kit.time.Times;
import io.infrafabric.manifest.ManifestRules;
import io.infrafabric.names.Limits;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What tokens of each model cost, from a day (UTC) until the next price of that model. */
public final class TokenPrices {
  /** What stands in the settings when nobody says otherwise. */
  public static final String DEFAULT = "haiku@2024-03-04=0.25/1.25,sonnet@2024-03-04=3/15,opus@2024-03-04=15/75";

  private static final String DOLLARS = "(\\d{1,9}(?:\\.\\d{1,6})?)";
  private static final Pattern LINE = Pattern.compile("(" + ManifestRules.MODEL + ")@(\\d{4}-\\d{2}-\\d{2})=" + DOLLARS + "/" + DOLLARS);

  private final TreeMap<String, NavigableMap<Instant, DatedTokenPrice>> byModel;

  private TokenPrices(TreeMap<String, NavigableMap<Instant, DatedTokenPrice>> byModel) {
    this.byModel = byModel;
  }

  /**
   * Reads prices such as {@code sonnet@2025-01-01=3/15}: model, day, US dollars for a million tokens read and for a million written.
   *
   * @throws IllegalArgumentException when one is malformed or there twice
   */
  public static TokenPrices parse(List<String> lines) {
    TreeMap<String, NavigableMap<Instant, DatedTokenPrice>> prices = new TreeMap<>();
    for (String line : lines) {
      DatedTokenPrice price = price(line);
      NavigableMap<Instant, DatedTokenPrice> dated = prices.computeIfAbsent(price.getModel(), model -> new TreeMap<>());
      if (dated.put(Times.toInstant(price.getValidFrom()), price) != null) {
        throw new IllegalArgumentException("there are two token prices of " + price.getModel() + " for one day: " + line);
      }
    }
    return new TokenPrices(prices);
  }

  /** The usual list. */
  public static TokenPrices defaults() {
    return parse(List.of(DEFAULT.split(",")));
  }

  private static DatedTokenPrice price(String line) {
    Matcher parts = LINE.matcher(line);
    if (!parts.matches() || parts.group(1).isEmpty()) {
      throw malformed(line);
    }
    try {
      return DatedTokenPrice.newBuilder()
          .setModel(parts.group(1))
          .setValidFrom(Times.toProto(LocalDate.parse(parts.group(2)).atStartOfDay(ZoneOffset.UTC).toInstant()))
          .setInputPerMillionMicros(micros(parts.group(3), line))
          .setOutputPerMillionMicros(micros(parts.group(4), line))
          .build();
    } catch (DateTimeException noDay) {
      throw malformed(line);
    }
  }

  private static long micros(String dollars, String line) {
    long micros = new BigDecimal(dollars).movePointRight(6).longValueExact();
    if (micros > Limits.MONEY_MICROS) {
      throw new IllegalArgumentException("a token price is above one billion US dollars: " + line);
    }
    return micros;
  }

  private static IllegalArgumentException malformed(String line) {
    return new IllegalArgumentException(
        "a token price is model, day and US dollars for a million tokens read and written, such as sonnet@2025-01-01=3/15, not \"" + line + "\"");
  }

  /** The price of a model's tokens at a time; empty when none was valid. */
  public Optional<DatedTokenPrice> of(String model, Instant at) {
    return Optional.ofNullable(byModel.get(model)).map(dated -> dated.floorEntry(at)).map(entry -> entry.getValue());
  }

  /** All prices of a model, or of all of them when it is empty, oldest first. */
  public List<DatedTokenPrice> list(String model) {
    List<DatedTokenPrice> all = new ArrayList<>();
    byModel.forEach((name, dated) -> {
      if (model.isEmpty() || model.equals(name)) {
        all.addAll(dated.values());
      }
    });
    return all;
  }
}
