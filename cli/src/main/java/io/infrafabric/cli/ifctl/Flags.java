package io.infrafabric.cli.ifctl;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import io.infrafabric.cli.output.Money;
import io.infrafabric.cli.words.Spellings;
import io.infrafabric.common.v1.SkillLevel;
import io.infrafabric.coordinator.v1.Priority;
import io.infrafabric.coordinator.v1.TaskState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** What flags take besides words and numbers. */
final class Flags {
  private static final Pattern SPAN = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

  private Flags() {}

  /** Dollars such as {@code 0.25}. */
  static final class MoneyFlag implements ITypeConverter<Money> {
    @Override
    public Money convert(String text) {
      return Money.parse(text);
    }
  }

  /** How good a swarm is, on the command line. */
  enum Skill {
    NOVICE,
    INTERMEDIATE,
    ADVANCED,
    EXPERT;

    SkillLevel level() {
      return SkillLevel.valueOf("SKILL_LEVEL_" + name());
    }

    /** Levels by capability; nothing when none was given. */
    static Map<String, SkillLevel> levels(Map<String, Skill> given) {
      Map<String, SkillLevel> levels = new LinkedHashMap<>();
      if (given != null) {
        given.forEach((capability, skill) -> levels.put(capability, skill.level()));
      }
      return levels;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A span of time such as {@code 500ms}, {@code 10s}, {@code 5m} or {@code 1h}. */
  static final class SpanFlag implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      Matcher span = SPAN.matcher(text);
      if (!span.matches()) {
        throw new TypeConversionException("'" + text + "' is not a span of time such as 500ms, 10s, 5m or 1h");
      }
      long number = Long.parseLong(span.group(1));
      return switch (span.group(2)) {
        case "ms" -> Durations.fromMillis(number);
        case "s" -> Durations.fromSeconds(number);
        case "m" -> Durations.fromMinutes(number);
        default -> Durations.fromHours(number);
      };
    }
  }

  /** A point in time such as {@code 2026-01-31T12:00:00Z}. */
  static final class TimeFlag implements ITypeConverter<Timestamp> {
    @Override
    public Timestamp convert(String text) {
      try {
        Instant instant = Instant.parse(text);
        return Timestamp.newBuilder().setSeconds(instant.getEpochSecond()).setNanos(instant.getNano()).build();
      } catch (DateTimeParseException e) {
        throw new TypeConversionException("'" + text + "' is not a time such as 2026-01-31T12:00:00Z");
      }
    }
  }

  /** States that a word names: {@code ready}, or {@code pending} for two of them. */
  record States(Set<TaskState> any) {}

  /** A state of tasks, in any of its spellings. */
  static final class StateFlag implements ITypeConverter<States> {
    @Override
    public States convert(String text) {
      return new States(Spellings.STATES.find(text).orElseThrow(() -> new TypeConversionException(Spellings.STATES.no(text))));
    }
  }

  /** What a shell completes. */
  static final class StateWords implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Spellings.STATES.told().keySet().iterator();
    }
  }

  /** A priority, as a word or as a number of the task board. */
  static final class PriorityFlag implements ITypeConverter<Priority> {
    @Override
    public Priority convert(String text) {
      return Spellings.PRIORITIES.find(text).orElseThrow(() -> new TypeConversionException(Spellings.PRIORITIES.no(text)));
    }
  }

  /** What a shell completes. */
  static final class PriorityWords implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Spellings.PRIORITIES.told().keySet().iterator();
    }
  }

  /** The class of a task: any word, {@code CODE_ANALYSIS} being {@code code-analysis}. */
  static final class TaskClassFlag implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
      return Spellings.taskClass(text).orElseThrow(() -> new TypeConversionException(Spellings.TASK_CLASSES.no(text)));
    }
  }

  /** The bytes of a file, or of standard input for {@code -}. */
  static byte[] content(Path file) {
    try {
      return file.toString().equals("-") ? System.in.readAllBytes() : Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException("%s cannot be read (%s)".formatted(file, e.getClass().getSimpleName()), e);
    }
  }
}
