package io.infrafabric.cli.migrate;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.Session;
import io.infrafabric.coordinator.v1.SessionWork;
import io.infrafabric.coordinator.v1.TaskSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * STATUS files as the predecessor's sessions left them, in YAML: {@code STATUS-<session>.md} tells what a swarm does now, and
 * {@code STATUS-<session>-PHASE-<n>.md} that a phase is done, which {@link MigrationRules} reads.
 */
public final class StatusFiles {
  /** The phases that {@link MigrationRules} makes. */
  private static final Pattern PHASE = Pattern.compile("(.+)-phase-(\\d{1,4})");

  private StatusFiles() {}

  /**
   * Writes them; answers their paths.
   *
   * @throws UncheckedIOException when the folder cannot be written to
   */
  public static List<Path> write(Path folder, List<Session> sessions, List<Plan> plans) {
    List<Path> written = new ArrayList<>();
    try {
      Files.createDirectories(folder);
      for (Map.Entry<String, String> file : files(sessions, plans).entrySet()) {
        written.add(Files.writeString(folder.resolve(file.getKey()), file.getValue()));
      }
    } catch (IOException failure) {
      throw new UncheckedIOException("%s cannot be written to (%s)".formatted(folder, failure.getMessage()), failure);
    }
    return written;
  }

  /** What the files have in them, by name. */
  static Map<String, String> files(List<Session> sessions, List<Plan> plans) {
    Map<String, String> files = new LinkedHashMap<>();
    for (Session session : sessions) {
      files.put("STATUS-" + session.getSwarmId().toUpperCase(Locale.ROOT) + ".md", status(session));
    }
    for (Plan plan : plans) {
      for (Phase phase : plan.getPhasesList()) {
        Matcher name = PHASE.matcher(phase.getName());
        if (phase.hasCompletedAt() && name.matches()) {
          files.put("STATUS-%s-PHASE-%s.md".formatted(name.group(1).toUpperCase(Locale.ROOT), name.group(2)), done(plan, phase, name.group(1), name.group(2)));
        }
      }
    }
    return files;
  }

  private static String status(Session session) {
    StringBuilder yaml = new StringBuilder();
    line(yaml, "session", session.getSwarmId());
    line(yaml, "status", session.getStatus().name().substring("SESSION_STATUS_".length()).toLowerCase(Locale.ROOT));
    line(yaml, "reason", session.getReason());
    list(yaml, "can_help", session.getCanHelpList());
    line(yaml, "estimated_unblock", session.hasEstimatedUnblock() ? time(session.getEstimatedUnblock()) : "");
    yaml.append("progress: ").append(session.getPercent()).append('\n');
    list(yaml, "help_wanted", session.getHelpWantedList());
    line(yaml, "note", session.getNote());
    line(yaml, "since", session.hasSince() ? time(session.getSince()) : "");
    line(yaml, "last_seen", session.hasLastSeen() ? time(session.getLastSeen()) : "");
    list(yaml, "tasks", session.getWorkList().stream().map(SessionWork::getTaskId).toList());
    return yaml.toString();
  }

  private static String done(Plan plan, Phase phase, String session, String number) {
    StringBuilder yaml = new StringBuilder();
    line(yaml, "session", session);
    yaml.append("phase: ").append(Integer.parseInt(number)).append('\n');
    line(yaml, "status", "complete");
    line(yaml, "completed_at", time(phase.getCompletedAt()));
    line(yaml, "plan", plan.getPlanId());
    list(yaml, "tasks", phase.getTasksList().stream().map(TaskSpec::getTaskId).toList());
    return yaml.toString();
  }

  private static String time(Timestamp time) {
    return Timestamps.toString(time);
  }

  private static void line(StringBuilder yaml, String key, String value) {
    yaml.append(key).append(": ").append(value.isEmpty() ? "null" : quoted(value)).append('\n');
  }

  private static void list(StringBuilder yaml, String key, List<String> values) {
    yaml.append(key).append(": [").append(String.join(", ", values.stream().map(StatusFiles::quoted).toList())).append("]\n");
  }

  /** A double-quoted scalar, which may have anything in it. */
  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    text.codePoints()
        .forEach(
            point -> {
              switch (point) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                default -> {
                  if (point < ' ' || point == 0x7f) {
                    quoted.append("\\x%02x".formatted(point));
                  } else {
                    quoted.appendCodePoint(point);
                  }
                }
              }
            });
    return quoted.append('"').toString();
  }
}
