package io.infrafabric.cli.migrate;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the predecessor's files, written by people and models: whatever is not understood stays part of a task's text. Pure. */
final class InstructionRules {
  private static final Pattern INSTRUCTIONS = Pattern.compile("INSTRUCTIONS-(.+)-PHASE-(\\d{1,4})\\.md", Pattern.CASE_INSENSITIVE);
  private static final Pattern STATUS = Pattern.compile("STATUS(?:-(.+))?-PHASE-(\\d{1,4})\\.md", Pattern.CASE_INSENSITIVE);
  private static final Pattern STEP = Pattern.compile("##\\s+Task\\s+[\\w.]+\\s*[:.-]?\\s*(.*?)\\s*(?:\\(([^()]+)\\))?\\s*", Pattern.CASE_INSENSITIVE);
  private static final Pattern HEADING = Pattern.compile("#{1,2}\\s.*");
  private static final Pattern HOURS = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*(hours?|hrs?|h|minutes?|mins?|m)\\b", Pattern.CASE_INSENSITIVE);
  private static final Pattern DOLLARS = Pattern.compile("\\$\\s?(\\d{1,6}(?:\\.\\d{1,6})?)");
  private static final Pattern IDLE = Pattern.compile("\\s+-\\s+(.+)");

  private InstructionRules() {}

  /** What the file tells a session to do; empty when it is no file of instructions. */
  static Optional<Instructions> instructions(PolledFile file) {
    Matcher name = INSTRUCTIONS.matcher(file.name());
    if (!name.matches()) {
      return Optional.empty();
    }
    List<Instructions.Step> steps = new ArrayList<>();
    List<String> idle = new ArrayList<>();
    Matcher open = null;
    StringBuilder body = new StringBuilder();
    boolean inIdle = false;
    for (String line : file.text().lines().toList()) {
      Matcher step = STEP.matcher(line);
      Matcher item = IDLE.matcher(line);
      if (step.matches() || HEADING.matcher(line).matches()) {
        close(open, body, steps);
        open = step.matches() ? step : null;
        body.setLength(0);
        inIdle = false;
      } else if (line.strip().equals("idle_tasks:")) {
        inIdle = true;
        continue;
      } else if (inIdle && item.matches()) {
        idle.add(item.group(1).strip());
        continue;
      }
      body.append(line).append('\n');
    }
    close(open, body, steps);
    return Optional.of(new Instructions(id(name.group(1)), Integer.parseInt(name.group(2)), List.copyOf(steps), List.copyOf(idle)));
  }

  private static void close(Matcher heading, StringBuilder body, List<Instructions.Step> steps) {
    if (heading != null) {
      String text = body.toString().strip() + "\n";
      String model = Optional.ofNullable(heading.group(2)).map(InstructionRules::id).orElse("");
      steps.add(new Instructions.Step(heading.group(1).strip(), model, text, estimate(text), cost(text)));
    }
  }

  private static Optional<Duration> estimate(String text) {
    return estimated(text)
        .map(HOURS::matcher)
        .filter(Matcher::find)
        .map(
            found -> {
              double seconds = Double.parseDouble(found.group(1)) * (found.group(2).toLowerCase(Locale.ROOT).startsWith("h") ? 3_600 : 60);
              return Duration.ofSeconds(Math.round(seconds));
            })
        .filter(Duration::isPositive);
  }

  private static Optional<Long> cost(String text) {
    return estimated(text).map(DOLLARS::matcher).filter(Matcher::find).map(found -> new BigDecimal(found.group(1)).movePointRight(6).longValueExact());
  }

  private static Optional<String> estimated(String text) {
    return text.lines().filter(line -> line.toLowerCase(Locale.ROOT).contains("estimate")).findFirst();
  }

  /**
   * A phase that a session has said to have done.
   *
   * @param session empty when the file does not name one
   */
  record Done(Optional<String> session, int phase) {}

  /** What the file says to be done; empty when it is no such file. */
  static Optional<Done> done(PolledFile file) {
    Matcher name = STATUS.matcher(file.name());
    return name.matches() ? Optional.of(new Done(Optional.ofNullable(name.group(1)).map(InstructionRules::id), Integer.parseInt(name.group(2)))) : Optional.empty();
  }

  /** The nearest id: lower-case letters, digits and inner hyphens; empty when nothing of the text can be in one. */
  static String id(String text) {
    String id = text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-+|-+$", "");
    return id.substring(0, Math.min(id.length(), 40)).replaceAll("-+$", "");
  }
}
