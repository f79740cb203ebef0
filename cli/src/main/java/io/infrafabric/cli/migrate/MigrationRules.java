package io.infrafabric.cli.migrate;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Durations;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** Makes a plan of the files: a phase of the plan for each phase of each session, each after the session's one before. Pure. */
public final class MigrationRules {
  private MigrationRules() {}

  /**
   * What the files become.
   *
   * @param notes what a person should know, each a sentence
   */
  public record Migration(Plan plan, List<String> notes) {}

  /**
   * @param planId of the plan
   * @param only these sessions; all when empty
   * @param capability what a swarm must be able to do for the tasks of a session
   * @throws io.infrafabric.error.RefusedException INVALID_ARGUMENT when there is nothing to do, a session is named that there is not, or the
   *     same file says different things on different branches
   */
  public static Migration migrate(String planId, List<PolledFile> files, Set<String> only, Function<String, String> capability) {
    List<String> notes = new ArrayList<>();
    Map<String, Map<Integer, Instructions>> sessions = sessions(files, notes);
    Set<String> unknown = new TreeSet<>(only);
    unknown.removeAll(sessions.keySet());
    if (sessions.isEmpty() || !unknown.isEmpty()) {
      throw Refusal.of(
              ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
              sessions.isEmpty()
                  ? "there is no file INSTRUCTIONS-<session>-PHASE-<n>.md with a `## Task` in it"
                  : "there are no instructions for %s; there are for %s".formatted(String.join(", ", unknown), String.join(", ", sessions.keySet())))
          .asException();
    }
    Map<String, Set<Integer>> done = done(files, sessions.keySet(), notes);
    Plan.Builder plan = Plan.newBuilder().setPlanId(planId);
    sessions.forEach(
        (session, phases) -> {
          if (only.isEmpty() || only.contains(session)) {
            add(plan, session, phases, done.getOrDefault(session, Set.of()), capability.apply(session), notes);
          }
        });
    if (plan.getPhasesCount() == 0) {
      throw Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "every phase is done already: " + String.join("; ", notes)).asException();
    }
    return new Migration(plan.build(), List.copyOf(notes));
  }

  private static Map<String, Map<Integer, Instructions>> sessions(List<PolledFile> files, List<String> notes) {
    Map<String, Map<Integer, Instructions>> sessions = new TreeMap<>();
    Map<String, PolledFile> from = new TreeMap<>();
    for (PolledFile file : files) {
      Optional<Instructions> read = InstructionRules.instructions(file);
      if (read.isEmpty()) {
        continue;
      }
      if (read.get().session().isEmpty() || read.get().steps().isEmpty()) {
        notes.add("%s has no `## Task` for a session, and is left out".formatted(where(file)));
        continue;
      }
      PolledFile before = from.putIfAbsent(read.get().session() + "/" + read.get().phase(), file);
      if (before != null && !before.text().equals(file.text())) {
        throw Refusal.of(
                ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
                "%s and %s are for the same session and phase and say different things; remove one".formatted(where(before), where(file)))
            .asException();
      }
      sessions.computeIfAbsent(read.get().session(), s -> new TreeMap<>()).put(read.get().phase(), read.get());
    }
    return sessions;
  }

  private static Map<String, Set<Integer>> done(List<PolledFile> files, Set<String> sessions, List<String> notes) {
    Map<String, Set<Integer>> done = new TreeMap<>();
    for (PolledFile file : files) {
      InstructionRules.done(file)
          .ifPresent(
              told -> {
                Optional<String> session = told.session().or(() -> ofBranch(file.branch(), sessions)).filter(sessions::contains);
                if (session.isPresent()) {
                  done.computeIfAbsent(session.get(), s -> new TreeSet<>()).add(told.phase());
                } else {
                  notes.add("%s is of no session that is known, and is left out".formatted(where(file)));
                }
              });
    }
    return done;
  }

  /** The session whose name the branch has in it; none when it could be two. */
  private static Optional<String> ofBranch(String branch, Set<String> sessions) {
    String name = "-" + InstructionRules.id(branch) + "-";
    List<String> named = sessions.stream().filter(session -> name.contains("-" + session + "-")).toList();
    return named.size() == 1 ? Optional.of(named.getFirst()) : Optional.empty();
  }

  private static void add(
      Plan.Builder plan, String session, Map<Integer, Instructions> phases, Set<Integer> done, String capability, List<String> notes) {
    String before = "";
    for (Instructions told : phases.values()) {
      String name = phase(session, told.phase());
      if (done.contains(told.phase())) {
        notes.add("%s is done, says its status file; its %d tasks are left out".formatted(name, told.steps().size()));
        continue;
      }
      Phase.Builder phase = Phase.newBuilder().setName(name);
      if (before.isEmpty()) {
        phase.setIndependent(true);
      } else {
        phase.addAfter(before);
      }
      for (int i = 0; i < told.steps().size(); i++) {
        phase.addTasks(task(plan.getPlanId(), name + "-t" + (i + 1), session, capability, told.steps().get(i)));
      }
      for (int i = 0; i < told.idle().size(); i++) {
        plan.addFillers(
            TaskSpec.newBuilder()
                .setTaskId(taskId(plan.getPlanId(), name + "-idle" + (i + 1)))
                .addRequiredCapabilities(capability)
                .setPayload(ByteString.copyFromUtf8(told.idle().get(i) + "\n"))
                .putLabels("session", session));
      }
      plan.addPhases(phase);
      before = name;
    }
  }

  private static String phase(String session, int number) {
    return session + "-phase-" + number;
  }

  private static TaskSpec task(String planId, String name, String session, String capability, Instructions.Step step) {
    TaskSpec.Builder task =
        TaskSpec.newBuilder()
            .setTaskId(taskId(planId, name))
            .addRequiredCapabilities(capability)
            .setPayload(ByteString.copyFromUtf8(step.body()))
            .setMaxCostMicros(step.costMicros().orElse(0L))
            .putLabels("session", session)
            .putLabels("title", step.title().substring(0, Math.min(step.title().length(), 255)));
    if (!step.model().isEmpty()) {
      task.putLabels("model", step.model());
    }
    step.estimate().ifPresent(time -> task.setExpectedDuration(Durations.fromSeconds(time.toSeconds())));
    return task.build();
  }

  private static String taskId(String planId, String name) {
    return planId + "-" + name;
  }

  private static String where(PolledFile file) {
    return file.branch().isEmpty() ? file.name() : file.name() + " on branch " + file.branch();
  }
}
