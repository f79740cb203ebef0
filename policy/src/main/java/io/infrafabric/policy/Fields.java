package io.infrafabric.policy;

import io.infrafabric.kit.config.Nearest;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** The keys of one mapping of a document, with their lines; what is wrong with them is noted, and then looks as if it were not there. */
final class Fields {
  private static final Pattern NUMBER = Pattern.compile("\\d{1,12}(\\.\\d{1,12})?");
  private static final Pattern SPAN = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

  private final Map<String, Node> byName = new LinkedHashMap<>();
  private final String path;
  private final int line;
  private final Problems problems;

  private Fields(String path, int line, Problems problems) {
    this.path = path;
    this.line = line;
    this.problems = problems;
  }

  /**
   * Reads a mapping, in which only these keys are known.
   *
   * @param path of the mapping, with a dot at its end unless it is the whole document
   */
  static Fields of(Node node, String path, List<String> known, Problems problems) {
    Fields fields = new Fields(path, line(node), problems);
    if (!(node instanceof MappingNode mapping)) {
      problems.add(line(node), path.isEmpty() ? "" : path.substring(0, path.length() - 1), "keys and values are expected here");
      return fields;
    }
    for (NodeTuple each : mapping.getValue()) {
      String name = each.getKeyNode() instanceof ScalarNode key ? key.getValue() : "";
      if (!known.contains(name)) {
        problems.add(line(each.getKeyNode()), path + name, "no such key" + nearest(name, known));
      } else if (fields.byName.put(name, each.getValueNode()) != null) {
        problems.add(line(each.getKeyNode()), path + name, "it is given twice");
      }
    }
    return fields;
  }

  private static String nearest(String name, List<String> known) {
    return Nearest.to(name, known).map(meant -> ": did you mean " + meant + "?").orElse("; known are " + String.join(", ", known));
  }

  /** The value of a key, whatever it is. */
  Optional<Node> node(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /** The line of a key's value, or of the mapping when it is not there. */
  int lineOf(String name) {
    return node(name).map(Fields::line).orElse(line);
  }

  String pathOf(String name) {
    return path + name;
  }

  /** A text. */
  Optional<String> text(String name) {
    return node(name)
        .flatMap(
            node -> {
              if (node instanceof ScalarNode scalar) {
                return Optional.of(scalar.getValue());
              }
              problems.add(line(node), path + name, "a text is expected here");
              return Optional.empty();
            });
  }

  /** The items of a list. */
  List<Node> items(String name) {
    return node(name)
        .map(
            node -> {
              if (node instanceof SequenceNode list) {
                return list.getValue();
              }
              problems.add(line(node), path + name, "a list is expected here: begin each item with a hyphen");
              return List.<Node>of();
            })
        .orElse(List.of());
  }

  /** A number in its unit times ten to the power of {@code decimals}, from least to most of that; more decimals are refused. */
  Optional<Long> number(String name, int decimals, long least, long most) {
    return text(name)
        .flatMap(
            text -> {
              Optional<Long> value = value(text, decimals).filter(number -> number >= least && number <= most);
              if (value.isEmpty()) {
                problems.add(lineOf(name), path + name, expected(decimals, least, most) + ", not " + shown(text));
              }
              return value;
            });
  }

  /** One of these words. */
  Optional<String> word(String name, List<String> words) {
    return text(name)
        .flatMap(
            text -> {
              if (words.contains(text)) {
                return Optional.of(text);
              }
              problems.add(lineOf(name), path + name, "one of " + String.join(", ", words) + " is expected, not " + shown(text));
              return Optional.empty();
            });
  }

  /** How long something takes: a whole number and its unit, {@code 500ms}, {@code 10s}, {@code 5m}, {@code 2h} or {@code 1d}. */
  Optional<Duration> duration(String name, Duration least, Duration most) {
    return text(name).flatMap(text -> duration(name, text, least, most, ""));
  }

  /** The same, or nothing for {@code off}. */
  Optional<Duration> durationOrOff(String name, Duration least, Duration most) {
    return text(name).filter(text -> !text.equals("off")).flatMap(text -> duration(name, text, least, most, "off, or "));
  }

  private Optional<Duration> duration(String name, String text, Duration least, Duration most, String or) {
    Optional<Duration> value = span(text).filter(span -> span.compareTo(least) >= 0 && span.compareTo(most) <= 0);
    if (value.isEmpty()) {
      problems.add(
          lineOf(name), path + name, or + "a time such as 30s, 5m or 1h from " + least.toSeconds() + "s to " + most.toDays() + "d is expected, not " + shown(text));
    }
    return value;
  }

  private static Optional<Duration> span(String text) {
    Matcher matcher = SPAN.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    long amount = Long.parseLong(matcher.group(1));
    return Optional.of(
        switch (matcher.group(2)) {
          case "ms" -> Duration.ofMillis(amount);
          case "s" -> Duration.ofSeconds(amount);
          case "m" -> Duration.ofMinutes(amount);
          case "h" -> Duration.ofHours(amount);
          default -> Duration.ofDays(amount);
        });
  }

  private static Optional<Long> value(String text, int decimals) {
    if (!NUMBER.matcher(text).matches()) {
      return Optional.empty();
    }
    BigDecimal scaled = new BigDecimal(text).movePointRight(decimals).stripTrailingZeros();
    return scaled.scale() > 0 ? Optional.empty() : Optional.of(scaled.longValueExact());
  }

  private static String expected(int decimals, long least, long most) {
    String range = plain(least, decimals) + " to " + plain(most, decimals);
    return decimals == 0 ? "a whole number from " + range + " is expected" : "a number from " + range + " with at most " + decimals + " decimals is expected";
  }

  private static String plain(long scaled, int decimals) {
    BigDecimal value = BigDecimal.valueOf(scaled, decimals).stripTrailingZeros();
    return (value.scale() < 0 ? value.setScale(0) : value).toPlainString();
  }

  /** Text of a document as it may stand in a message: cut, and without what would move a cursor. */
  static String shown(String text) {
    String printable = text.replaceAll("\\p{Cntrl}", "?");
    return '"' + (printable.length() > 40 ? printable.substring(0, 40) + "..." : printable) + '"';
  }

  /** The line on which a node begins, from 1. */
  static int line(Node node) {
    return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
  }
}
