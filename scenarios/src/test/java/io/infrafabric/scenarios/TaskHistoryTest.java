package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Completed;
import io.infrafabric.coordinator.v1.Ready;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskRecord;
import io.infrafabric.names.Keys;
import io.infrafabric.names.TaskId;
import io.infrafabric.testkit.history.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A completion too many, or one that is missing, is seen. */
class TaskHistoryTest {
  private static final Task READY = Task.newBuilder().setReady(Ready.getDefaultInstance()).build();
  private static final Task CLAIMED = Task.newBuilder().setClaimed(Claimed.newBuilder().setSwarmId("one")).build();

  private final List<Version> versions = new ArrayList<>();

  private TaskHistoryTest then(Task task) {
    TaskRecord record = TaskRecord.newBuilder().setTask(task).build();
    versions.add(new Version(versions.size() + 1, new Keys().task(new TaskId("t")), Optional.of(record.toByteString())));
    return this;
  }

  private static Task completed(String result) {
    return Task.newBuilder().setCompleted(Completed.newBuilder().setResult(ByteString.copyFromUtf8(result))).build();
  }

  private int completions() {
    return TaskHistory.of(versions).completions("t");
  }

  @Test
  void completedTaskThatIsWrittenAgain_wasCompletedOnce() {
    then(READY).then(CLAIMED).then(completed("a")).then(completed("a"));
    assertThat(completions()).isEqualTo(1);
  }

  @Test
  void taskThatIsDoneAgain_wasCompletedTwice() {
    then(CLAIMED).then(completed("a")).then(READY).then(CLAIMED).then(completed("a"));
    assertThat(completions()).isEqualTo(2);
  }

  @Test
  void resultThatIsReplaced_isASecondCompletion() {
    then(CLAIMED).then(completed("a")).then(completed("b"));
    assertThat(completions()).isEqualTo(2);
  }

  @Test
  void taskThatIsNotDone_wasNotCompleted() {
    then(READY).then(CLAIMED);
    assertThat(completions()).isZero();
  }
}
