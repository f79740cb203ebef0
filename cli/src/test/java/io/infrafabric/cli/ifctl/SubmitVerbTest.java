package io.infrafabric.cli.ifctl;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.util.Durations;
import io.grpc.stub.StreamObserver;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.coordinator.v1.Backoff;
import io.infrafabric.coordinator.v1.GetObjectRequest;
import io.infrafabric.coordinator.v1.GetObjectResponse;
import io.infrafabric.coordinator.v1.ObjectServiceGrpc;
import io.infrafabric.coordinator.v1.Priority;
import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.coordinator.v1.SubmitTaskResponse;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskServiceGrpc;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.GrpcServer;
import io.infrafabric.kit.grpc.Replies;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code task submit} sends. */
class SubmitVerbTest {
  private static final String SHA256 = "ab".repeat(32);

  private final List<TaskSpec> submitted = new CopyOnWriteArrayList<>();
  private final GrpcServer server =
      GrpcServer.Builder.of("scripted")
          .service(
              new TaskServiceGrpc.TaskServiceImplBase() {
                @Override
                public void submitTask(SubmitTaskRequest request, StreamObserver<SubmitTaskResponse> observer) {
                  submitted.add(request.getSpec());
                  Replies.reply(observer, () -> SubmitTaskResponse.newBuilder().setTask(Task.newBuilder().setSpec(request.getSpec())).setCreated(true).build());
                }
              })
          .service(
              new ObjectServiceGrpc.ObjectServiceImplBase() {
                @Override
                public void getObject(GetObjectRequest request, StreamObserver<GetObjectResponse> observer) {
                  if (!request.getSha256().equals(SHA256)) {
                    Replies.fail(observer, Refusal.of(ErrorCode.ERROR_CODE_OBJECT_NOT_FOUND, "nothing is put there").asException());
                    return;
                  }
                  // The content is not sent: nobody has asked for it.
                  observer.onNext(GetObjectResponse.newBuilder().setObject(ObjectRef.newBuilder().setSha256(SHA256).setSizeBytes(70_000)).build());
                }
              })
          .build()
          .start();

  @TempDir Path folder;

  @AfterEach
  void close() {
    server.close();
  }

  private TaskSpec submit(String... flags) {
    String[] all = new String[2 + flags.length];
    all[0] = "task";
    all[1] = "submit";
    System.arraycopy(flags, 0, all, 2, flags.length);
    Said said = Said.ifctl(server, all);
    assertThat(said.exitCode()).as(said.talk()).isZero();
    return submitted.getLast();
  }

  private int refused(String... flags) {
    String[] all = new String[2 + flags.length];
    all[0] = "task";
    all[1] = "submit";
    System.arraycopy(flags, 0, all, 2, flags.length);
    return Said.ifctl(server, all).exitCode();
  }

  private static Set<String> set(TaskSpec spec) {
    Set<String> names = new TreeSet<>();
    spec.getAllFields().keySet().forEach(field -> names.add(field.getName()));
    return names;
  }

  /** A field that is added to TaskSpec gets a flag, or a word here why not. */
  @Test
  void everyFieldThatAPersonSets_hasAFlag() {
    TaskSpec spec =
        submit(
            "t1", "--capability", "a:b,c:d", "--owner", "s1", "--exclude", "s2,s3", "--exclude", "s4", "--max-cost", "0.25", "--payload", "hello",
            "--priority", "high", "--depends-on", "t0", "--label", "k=v", "--max-attempts", "5", "--retry", "exponential", "--retry-initial", "1s",
            "--expected-duration", "90s", "--progress-timeout", "5s", "--deadline", "2026-03-02T12:00:00Z", "--needs-approval", "--not-before",
            "2026-03-01T12:00:00Z", "--min-reputation", "700", "--min-skill", "a:b=expert", "--class", "docs", "--plan", "p1");
    assertThat(spec.getExcludeSwarmIdsList()).containsExactly("s2", "s3", "s4");
    assertThat(spec.getExpectedDuration()).isEqualTo(Durations.fromSeconds(90));
    assertThat(spec.getMaxCostMicros()).isEqualTo(250_000);
    assertThat(spec.getPriority()).isEqualTo(Priority.PRIORITY_HIGH);
    assertThat(spec.getRetry().getBackoff()).isEqualTo(Backoff.BACKOFF_EXPONENTIAL);
    Set<String> all = new TreeSet<>();
    TaskSpec.getDescriptor().getFields().stream().map(FieldDescriptor::getName).forEach(all::add);
    all.removeAll(set(spec));
    assertThat(all)
        .as("instead of payload and of retry, and set by the fabric alone")
        .containsExactly("blocker_id", "helps_swarm_id", "paid_by_swarm_id", "payload_object", "retry_backoff");
    assertThat(set(submit("--max-cost", "0", "--retry-backoff", "500ms", "--payload-object", SHA256))).containsExactly("payload_object", "retry_backoff");
    assertThat(submitted.getLast().getPayloadObject().getSizeBytes()).as("which only the fabric knows").isEqualTo(70_000);
  }

  @Test
  void whatIsNotSaid_isLeftToTheCoordinator() {
    assertThat(submit("--max-cost", "0")).isEqualTo(TaskSpec.getDefaultInstance());
  }

  @Test
  void file_saysItAll_andFlagsGoBeforeIt() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("task.yaml"),
            """
            task_id: t1
            required_capabilities: [a:b]
            exclude_swarm_ids: [s1]
            owner_swarm_ids: [s9]
            expected_duration: 90s
            max_cost_micros: 250000
            priority: PRIORITY_LOW
            payload_text: hello
            labels: {a: "1", b: "2"}
            """);
    TaskSpec alone = submit("--file", file.toString());
    assertThat(alone.getExpectedDuration()).isEqualTo(Durations.fromSeconds(90));
    assertThat(alone.getMaxCostMicros()).isEqualTo(250_000);
    assertThat(alone.getPayload().toStringUtf8()).isEqualTo("hello");
    TaskSpec both = submit("t2", "--file", file.toString(), "--exclude", "s2", "--priority", "critical", "--label", "b=3", "--payload-object", SHA256);
    assertThat(both)
        .isEqualTo(
            alone.toBuilder()
                .setTaskId("t2")
                .clearExcludeSwarmIds()
                .addExcludeSwarmIds("s2")
                .setPriority(Priority.PRIORITY_CRITICAL)
                .putLabels("b", "3")
                .clearPayload()
                .setPayloadObject(ObjectRef.newBuilder().setSha256(SHA256).setSizeBytes(70_000))
                .build());
    Path wrong = Files.writeString(folder.resolve("wrong.yaml"), "exclude_swarms: [s1]\n");
    assertThat(refused("--file", wrong.toString())).as("no such key").isEqualTo(2);
  }

  @Test
  void whatMakesNoSense_isMisuse() {
    assertThat(refused("t1")).as("what it may cost").isEqualTo(2);
    assertThat(refused("t1", "--max-cost", "0", "--payload", "x", "--payload-object", SHA256)).isEqualTo(2);
    assertThat(refused("t1", "--max-cost", "0", "--expected-duration", "soon")).isEqualTo(2);
    assertThat(refused("t1", "--max-cost", "0", "--payload-object", "cd".repeat(32))).as("there is none").isEqualTo(6);
    assertThat(submitted).isEmpty();
  }
}
