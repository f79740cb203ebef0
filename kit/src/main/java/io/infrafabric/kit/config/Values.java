package io.infrafabric.kit.config;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads the text of a value by its type. */
final class Values {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,15})\\s*(ms|s|m|h|d)");

  private Values() {}

  /**
   * Returns the value.
   *
   * @throws IllegalArgumentException when the text is no such value; its message says what is expected
   */
  static Object parse(Type type, String text) {
    if (type instanceof ParameterizedType generic) {
      Type argument = generic.getActualTypeArguments()[0];
      if (generic.getRawType() == Optional.class) {
        return text.isBlank() ? Optional.empty() : Optional.of(parse(argument, text));
      }
      if (generic.getRawType() == List.class) {
        return list(argument, text);
      }
    }
    if (type instanceof Class<?> plain) {
      return plain.isEnum() ? constant(plain, text) : scalar(plain, text);
    }
    throw unsupported(type);
  }

  /** What a value of the type looks like. */
  static String expected(Type type) {
    if (type instanceof ParameterizedType generic) {
      String argument = expected(generic.getActualTypeArguments()[0]);
      return generic.getRawType() == List.class ? "a comma-separated list, each " + argument : argument;
    }
    Class<?> plain = (Class<?>) type;
    if (plain.isEnum()) {
      return "one of " + Arrays.stream(plain.getEnumConstants()).map(Values::word).collect(Collectors.joining(", "));
    }
    return switch (plain.getSimpleName()) {
      case "int" -> "a whole number from %d to %d".formatted(Integer.MIN_VALUE, Integer.MAX_VALUE);
      case "long" -> "a whole number";
      case "double" -> "a number";
      case "boolean" -> "true or false";
      case "Duration" -> "a duration such as 250ms, 10s, 5m, 1h or PT10S";
      case "Path" -> "a file path";
      default -> "a text";
    };
  }

  private static Object scalar(Class<?> type, String text) {
    try {
      return switch (type.getSimpleName()) {
        case "String" -> text;
        case "int" -> Integer.parseInt(number(text));
        case "long" -> Long.parseLong(number(text));
        case "double" -> finite(text);
        case "boolean" -> bool(text);
        case "Duration" -> duration(text.strip());
        case "Path" -> Path.of(text);
        default -> throw unsupported(type);
      };
    } catch (NumberFormatException | DateTimeParseException | ArithmeticException | InvalidPathException malformed) {
      throw new IllegalArgumentException(expected(type), malformed);
    }
  }

  private static String number(String text) {
    return text.strip().replace("_", "");
  }

  private static double finite(String text) {
    double value = Double.parseDouble(text.strip());
    if (!Double.isFinite(value)) {
      throw new NumberFormatException(text);
    }
    return value;
  }

  private static boolean bool(String text) {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new NumberFormatException(text);
    };
  }

  private static Duration duration(String text) {
    Matcher matcher = DURATION.matcher(text);
    if (!matcher.matches()) {
      return Duration.parse(text);
    }
    long amount = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      case "h" -> Duration.ofHours(amount);
      default -> Duration.ofDays(amount);
    };
  }

  private static List<Object> list(Type element, String text) {
    return Arrays.stream(text.split(","))
        .map(String::strip)
        .filter(item -> !item.isEmpty())
        .map(item -> parse(element, item))
        .toList();
  }

  private static Object constant(Class<?> type, String text) {
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> word(constant).equals(text.strip().toLowerCase(Locale.ROOT).replace('_', '-')))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(expected(type)));
  }

  private static String word(Object constant) {
    return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static IllegalStateException unsupported(Type type) {
    return new IllegalStateException("a setting cannot be a " + type.getTypeName());
  }
}
