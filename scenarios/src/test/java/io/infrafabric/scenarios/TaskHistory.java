package io.infrafabric.scenarios;

import com.google.protobuf.InvalidProtocolBufferException;
import io.infrafabric.coordinator.v1.Completed;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskRecord;
import io.infrafabric.names.Keys;
import io.infrafabric.names.TaskId;
import io.infrafabric.testkit.history.Version;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The versions of tasks as etcd kept them, the only judge of what happened. */
final class TaskHistory {
  private final Map<String, List<Version>> versions;

  private TaskHistory(List<Version> versions) {
    this.versions = versions.stream().collect(Collectors.groupingBy(Version::key));
  }

  static TaskHistory of(RunningFabric fabric) {
    return of(fabric.history(new Keys().tasks()));
  }

  static TaskHistory of(List<Version> versions) {
    return new TaskHistory(versions);
  }

  /** The versions of one task, oldest first, each with its revision. */
  List<Task> of(String task) {
    String key = new Keys().task(new TaskId(task));
    return versions.getOrDefault(key, List.of()).stream()
        .filter(version -> version.value().isPresent())
        .map(TaskHistory::parse)
        .toList();
  }

  /** The revision at which the task first was so; 0 when it never was. */
  long first(String task, Predicate<Task> state) {
    return of(task).stream().filter(state).mapToLong(Task::getRevision).findFirst().orElse(0);
  }

  /** How often the task became completed, by another claim or with another result each time. */
  int completions(String task) {
    int completions = 0;
    Completed last = Completed.getDefaultInstance();
    for (Task version : of(task)) {
      if (version.hasCompleted() && !version.getCompleted().equals(last)) {
        completions++;
      }
      last = version.getCompleted();
    }
    return completions;
  }

  private static Task parse(Version version) {
    try {
      Task task = TaskRecord.parseFrom(version.value().orElseThrow()).getTask();
      return task.toBuilder().setRevision(version.revision()).build();
    } catch (InvalidProtocolBufferException corrupt) {
      throw new AssertionError(version.key() + " at " + version.revision(), corrupt);
    }
  }
}
