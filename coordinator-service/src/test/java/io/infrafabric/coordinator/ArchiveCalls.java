package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.KEYS;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.GetTaskRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.store.Upkeep;
import io.infrafabric.names.TaskId;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;

/** A coordinator whose store can be full, and what brings its ended tasks into the archive: the books, the relay and a day. */
abstract class ArchiveCalls {
  static final Duration A_DAY = Duration.ofHours(24);

  final MemoryStore memory = new MemoryStore();
  volatile Upkeep.Space space = new Upkeep.Space(0, 0, false, 0);
  final CoordinatorFixture fabric =
      new CoordinatorFixture(
          memory,
          memory,
          new Upkeep() {
            @Override
            public CompletableFuture<Space> space() {
              return CompletableFuture.completedFuture(space);
            }

            @Override
            public CompletableFuture<Void> compact(long revision) {
              return CompletableFuture.completedFuture(null);
            }

            @Override
            public CompletableFuture<Void> defragment() {
              return CompletableFuture.completedFuture(null);
            }
          });
  final String fox = fabric.swarm(Samples.standing("fox").setMaxConcurrent(100));
  private int requests;

  @AfterEach
  void close() {
    fabric.close();
  }

  String request() {
    return "r" + ++requests;
  }

  static TaskSpec.Builder spec(String id) {
    return TaskSpec.newBuilder().setTaskId(id).setPayload(ByteString.copyFromUtf8("work on " + id));
  }

  Claim claim(String task) {
    return claim(task, fox);
  }

  Claim claim(String task, String session) {
    return fabric.claims.claimTask(ClaimTaskRequest.newBuilder().setRequestId(request()).setTaskId(task).setSwarmId("fox").setSessionId(session).build()).getClaim();
  }

  void complete(Claim claim) {
    fabric.claims.completeTask(
        CompleteTaskRequest.newBuilder()
            .setRequestId(request())
            .setTaskId(claim.getTaskId())
            .setSwarmId("fox")
            .setFence(claim.getFence())
            .setResult(ByteString.copyFromUtf8("42"))
            .build());
  }

  Claim completed(String task) {
    fabric.submit(spec(task));
    Claim claim = claim(task);
    complete(claim);
    return claim;
  }

  Task get(String task) {
    return fabric.tasks.getTask(GetTaskRequest.newBuilder().setTaskId(task).build()).getTask();
  }

  /** The governor books what has ended. */
  void book() {
    Standing.Builder standing = Samples.standing("fox").setMaxConcurrent(100);
    fabric.book("fox").getCommitmentsList().forEach(commitment -> standing.addSettledClaimIds(commitment.getClaimId()));
    fabric.standing(standing.build());
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              fabric.settle();
              return fabric.book("fox").getCommitmentsList().isEmpty();
            });
  }

  /** The relay has told everybody. */
  void publish() {
    CoordinatorFixture.put(memory, KEYS.relayCursor("coordinator"), ByteString.copyFromUtf8(Long.toString(memory.revision())));
    fabric.caughtUp();
  }

  /** Everything that may go is let go. */
  void archive(String... tasks) {
    book();
    publish();
    fabric.advance(A_DAY);
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> {
              fabric.advance(Duration.ofSeconds(5));
              fabric.archiver.runOnce(fabric.now());
              fabric.caughtUp();
              for (String task : tasks) {
                assertThat(isStored(task)).as(task).isFalse();
              }
            });
  }

  boolean isStored(String task) {
    return memory.entries(KEYS.tasks()).stream().anyMatch(entry -> entry.key().equals(KEYS.task(new TaskId(task))));
  }

  void assertStays(String task) {
    assertThat(fabric.archiver.runOnce(fabric.now())).isZero();
    assertThat(isStored(task)).isTrue();
  }
}
