package io.infrafabric.coordinator.task;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.kit.store.Entry;
import java.util.List;
import org.junit.jupiter.api.Test;

class StoredTaskTest {
  private static final TraceContext OF_THE_TASK = TraceContext.newBuilder().setTraceparent("00-11111111111111111111111111111111-1111111111111111-01").build();
  private static final TraceContext OTHER = TraceContext.newBuilder().setTraceparent("00-11111111111111111111111111111111-2222222222222222-01").build();
  private static final Task TASK = Samples.ready(Samples.spec("t1", "a:b").build()).toBuilder().setTrace(OF_THE_TASK).build();

  private static LastChange change(String request, TraceContext trace) {
    return LastChange.newBuilder().setRequestId(request).setTrace(trace).build();
  }

  private static StoredTask read(ByteString value) {
    return StoredTask.of(new Entry("/if/v1/tasks/00/t1", value, 3, 7, 0));
  }

  @Test
  void whatIsWritten_isWhatIsRead() {
    for (LastChange change : List.of(change("r1", OF_THE_TASK), change("r1", OTHER), change("r2", OF_THE_TASK), change("", OTHER))) {
      for (String submitted : List.of("r1", "")) {
        StoredTask stored = read(StoredTask.bytes(TASK, change, submitted));
        assertThat(stored.last()).isEqualTo(change);
        assertThat(stored.submitRequestId()).isEqualTo(submitted);
        assertThat(stored.task()).isEqualTo(TASK.toBuilder().setRevision(7).build());
      }
    }
  }

  @Test
  void laterVersions_knowWhoSubmittedTheTask() {
    for (String submitted : List.of("r1", "")) {
      StoredTask first = read(StoredTask.bytes(TASK, change("r1", OF_THE_TASK), submitted));
      StoredTask second = read(first.next(first.task(), change("r2", OTHER)));
      StoredTask third = read(second.next(second.task(), change("r3", OTHER)));
      assertThat(third.submitRequestId()).isEqualTo(submitted);
    }
  }

  @Test
  void traceAndRequest_areWrittenOnce() {
    int once = StoredTask.bytes(TASK, change("request-of-the-submit", OF_THE_TASK), "request-of-the-submit").size();
    int twice = StoredTask.bytes(TASK, change("request-of-the-submit", OTHER), "another-request-before").size();
    assertThat(twice - once).isGreaterThan(OTHER.getTraceparent().length() + "another-request-before".length());
  }
}
