package io.infrafabric.chassis.contract;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations and sizes as people write them. */
final class Quantities {
  private static final Pattern FORM = Pattern.compile("([0-9]{1,18}) ?([A-Za-z]{0,3})");
  private static final Map<String, Duration> TIMES =
      Map.of("ms", Duration.ofMillis(1), "s", Duration.ofSeconds(1), "m", Duration.ofMinutes(1), "h", Duration.ofHours(1));
  private static final Map<String, Long> SIZES = Map.of("", 1L, "B", 1L, "KiB", 1L << 10, "MiB", 1L << 20, "GiB", 1L << 30);

  private Quantities() {}

  static Optional<Duration> duration(String text) {
    Matcher matcher = FORM.matcher(text.strip());
    if (!matcher.matches() || !TIMES.containsKey(matcher.group(2)) || matcher.group(1).length() > 12) {
      return Optional.empty();
    }
    return Optional.of(TIMES.get(matcher.group(2)).multipliedBy(Long.parseLong(matcher.group(1))));
  }

  static Optional<Long> size(String text) {
    Matcher matcher = FORM.matcher(text.strip());
    if (!matcher.matches() || !SIZES.containsKey(matcher.group(2))) {
      return Optional.empty();
    }
    long unit = SIZES.get(matcher.group(2));
    long number = Long.parseLong(matcher.group(1));
    return number > Long.MAX_VALUE / unit ? Optional.empty() : Optional.of(number * unit);
  }
}
