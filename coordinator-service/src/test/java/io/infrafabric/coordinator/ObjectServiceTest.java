package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.stub.StreamObserver;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.GetObjectRequest;
import io.infrafabric.coordinator.v1.GetObjectResponse;
import io.infrafabric.coordinator.v1.ObjectClaim;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.PutObjectRequest;
import io.infrafabric.coordinator.v1.PutObjectResponse;
import io.infrafabric.coordinator.v1.SubmitPlanRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.kit.nats.Objects;
import io.infrafabric.names.Limits;
import io.infrafabric.names.Subjects;
import io.infrafabric.testkit.store.MemoryStore;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Objects over gRPC, by those who have no NATS. */
class ObjectServiceTest {
  private final MemoryStore memory = new MemoryStore();
  private CoordinatorFixture fabric;
  private String session;

  @BeforeEach
  void open() {
    fabric = CoordinatorFixture.inMemory(memory);
    session = fabric.swarm(Samples.standing("fox", "code:review"));
  }

  @AfterEach
  void close() {
    fabric.close();
  }

  private static byte[] content(int bytes) {
    byte[] content = new byte[bytes];
    new Random(bytes).nextBytes(content);
    return content;
  }

  private Objects stored() {
    return fabric.bus.objects(Subjects.OBJECTS_BUCKET);
  }

  /** Sends all messages at once, and the end; the answer. */
  private ObjectRef put(PutObjectRequest... messages) {
    Answer answer = new Answer();
    StreamObserver<PutObjectRequest> requests = fabric.objectStreams.putObject(answer);
    List.of(messages).forEach(requests::onNext);
    requests.onCompleted();
    return answer.ref();
  }

  private static final class Answer extends CompletableFuture<ObjectRef> implements StreamObserver<PutObjectResponse> {
    @Override
    public void onNext(PutObjectResponse response) {
      complete(response.getObject());
    }

    @Override
    public void onError(Throwable failure) {
      completeExceptionally(failure);
    }

    @Override
    public void onCompleted() {}

    ObjectRef ref() {
      try {
        return orTimeout(20, TimeUnit.SECONDS).join();
      } catch (CompletionException failure) {
        throw failure.getCause() instanceof RuntimeException refused ? refused : failure;
      }
    }
  }

  private static PutObjectRequest piece(byte[] content, int from, int to) {
    return PutObjectRequest.newBuilder().setRequestId("put-1").setData(ByteString.copyFrom(content, from, to - from)).build();
  }

  private static PutObjectRequest piece(byte[] content) {
    return piece(content, 0, content.length);
  }

  private byte[] get(String sha256) {
    Iterator<GetObjectResponse> pieces = fabric.objects.getObject(GetObjectRequest.newBuilder().setSha256(sha256).build());
    ObjectRef ref = pieces.next().getObject();
    List<ByteString> all = new ArrayList<>();
    pieces.forEachRemaining(piece -> all.add(piece.getData()));
    byte[] content = ByteString.copyFrom(all).toByteArray();
    assertThat(ref.getSizeBytes()).isEqualTo(content.length);
    return content;
  }

  private Claim claim(String task) {
    return fabric.claims.claimTask(ClaimTaskRequest.newBuilder().setRequestId("claim-" + task).setTaskId(task).setSwarmId("fox").setSessionId(session).build()).getClaim();
  }

  private static PutObjectRequest first(Claim claim, long fence, String swarm) {
    return PutObjectRequest.newBuilder().setRequestId("put-1").setClaim(ObjectClaim.newBuilder().setTaskId(claim.getTaskId()).setSwarmId(swarm).setFence(fence)).build();
  }

  @Test
  void content_comesBackAsItWasPut() {
    byte[] content = content(200_000);
    ObjectRef ref = put(piece(content, 0, 70_000), piece(content, 70_000, 70_000), piece(content, 70_000, 200_000));
    assertThat(ref).isEqualTo(ObjectRef.newBuilder().setSha256(Objects.sha256(content)).setSizeBytes(200_000).build());
    assertThat(get(ref.getSha256())).isEqualTo(content);
    assertThat(put(piece(content))).as("again").isEqualTo(ref);
    assertThat(get(put(PutObjectRequest.newBuilder().setRequestId("put-1").build()).getSha256())).as("empty content").isEmpty();
  }

  @Test
  void resultOfAHolder_isWhatTheTaskIsCompletedWith() {
    fabric.submit(Samples.spec("t"));
    Claim claim = claim("t");
    byte[] content = content(100_000);
    ObjectRef ref = put(first(claim, claim.getFence(), "fox"), piece(content));
    fabric.claims.completeTask(
        CompleteTaskRequest.newBuilder().setRequestId("done").setTaskId("t").setSwarmId("fox").setFence(claim.getFence()).setResultObject(ref).build());
    PutObjectRequest again = first(claim, claim.getFence(), "fox").toBuilder().setExpected(ref).build();
    assertThat(put(again)).as("a holder that does not know whether it has completed the task sends all of it again").isEqualTo(ref);
    assertThat(get(fabric.task("t").getCompleted().getResultObject().getSha256())).isEqualTo(content);
  }

  @Test
  void resultOfAClaimThatIsNotHeld_isRefusedBeforeAnyOfItIsTaken() {
    fabric.submit(Samples.spec("t"));
    Claim claim = claim("t");
    PutObjectRequest content = piece(content(1_000));
    assertRefused(ErrorCode.ERROR_CODE_NOT_THE_HOLDER, () -> put(first(claim, claim.getFence(), "owl"), content));
    assertRefused(ErrorCode.ERROR_CODE_STALE_FENCE, () -> put(first(claim, claim.getFence() - 1, "fox"), content));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> put(first(claim, 0, "fox"), content));
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, () -> put(first(claim.toBuilder().setTaskId("other").build(), claim.getFence(), "fox"), content));
    fabric.tasks.cancelTask(CancelTaskRequest.newBuilder().setRequestId("cancel").setTaskId("t").build());
    assertRefused(ErrorCode.ERROR_CODE_STALE_FENCE, () -> put(first(claim, claim.getFence(), "fox"), content));
    assertThat(stored().exists(Objects.sha256(content(1_000)))).isFalse();
  }

  @Test
  void planWhoseTasksOrFillersNameWhatIsNotThere_isRefusedBeforeAnyOfItIsWritten() {
    ObjectRef there = stored().put(content(5_000));
    ObjectRef nowhere = there.toBuilder().setSha256("ab".repeat(32)).build();
    Phase phase = Phase.newBuilder().setName("a").addTasks(TaskSpec.newBuilder().setTaskId("a1").setPayloadObject(there)).build();
    Plan.Builder plan = Plan.newBuilder().setPlanId("p1").addPhases(phase).addFillers(TaskSpec.newBuilder().setTaskId("idle").setPayloadObject(nowhere));
    assertRefused(ErrorCode.ERROR_CODE_OBJECT_NOT_FOUND, () -> submit(plan));
    assertThat(memory.entries(CoordinatorFixture.KEYS.plans())).isEmpty();
    assertThat(memory.entries(CoordinatorFixture.KEYS.tasks())).isEmpty();
    plan.getFillersBuilder(0).setPayloadObject(there);
    plan.getPhasesBuilder(0).getTasksBuilder(0).setPayloadObject(nowhere);
    assertRefused(ErrorCode.ERROR_CODE_OBJECT_NOT_FOUND, () -> submit(plan));
    plan.getPhasesBuilder(0).getTasksBuilder(0).setPayloadObject(there);
    submit(plan);
    assertThat(fabric.task("idle").getSpec().getPayloadObject()).isEqualTo(there);
  }

  private void submit(Plan.Builder plan) {
    fabric.plans.submitPlan(SubmitPlanRequest.newBuilder().setRequestId("plan").setPlan(plan).build());
  }

  @Test
  void contentThatIsThere_needNotBeSent() {
    byte[] content = content(5_000);
    ObjectRef ref = stored().put(content);
    Answer answer = new Answer();
    fabric.objectStreams.putObject(answer).onNext(PutObjectRequest.newBuilder().setRequestId("put-1").setExpected(ref).build());
    assertThat(answer.ref()).isEqualTo(ref);
  }

  @Test
  void contentThatIsNotWhatWasAnnounced_isNotKept() {
    byte[] content = content(5_000);
    ObjectRef other = ObjectRef.newBuilder().setSha256(Objects.sha256(content(4_000))).setSizeBytes(5_000).build();
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> put(PutObjectRequest.newBuilder().setRequestId("put-1").setExpected(other).build(), piece(content)));
    assertThat(stored().exists(Objects.sha256(content))).isFalse();
    assertThat(stored().exists(other.getSha256())).isFalse();
  }

  @Test
  void moreThanAnObjectMayBe_isRefusedWhileItComes() {
    byte[] piece = new byte[512 * 1024];
    Answer answer = new Answer();
    StreamObserver<PutObjectRequest> requests = fabric.objectStreams.putObject(answer);
    for (long sent = 0; sent <= Limits.OBJECT_BYTES; sent += piece.length) {
      requests.onNext(piece(piece));
    }
    assertRefused(ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE, answer::ref); // though the stream has not ended
  }

  @Test
  void malformedStreams_areRefused() {
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, this::put);
    PutObjectRequest huge = PutObjectRequest.newBuilder().setRequestId("put-1").setExpected(ObjectRef.newBuilder().setSha256("ab".repeat(32)).setSizeBytes(Limits.OBJECT_BYTES + 1)).build();
    assertRefused(ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE, () -> put(huge));
    PutObjectRequest nameless = PutObjectRequest.newBuilder().setRequestId("put-1").setExpected(ObjectRef.newBuilder().setSha256("../x")).build();
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> put(nameless));
    assertRefused(ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE, () -> put(piece(new byte[512 * 1024 + 1])));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> put(piece(new byte[1]).toBuilder().clearRequestId().build()));
    PutObjectRequest late = PutObjectRequest.newBuilder().setRequestId("put-1").setClaim(ObjectClaim.newBuilder().setFence(1)).build();
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> put(piece(new byte[1]), late));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> get("AB".repeat(32)));
    assertRefused(ErrorCode.ERROR_CODE_OBJECT_NOT_FOUND, () -> get("ab".repeat(32)));
  }

  @Test
  void withoutTheObjectStore_nothingIsLost() {
    byte[] content = content(5_000);
    ObjectRef ref = stored().put(content);
    fabric.bus.goAway();
    assertRefused(ErrorCode.ERROR_CODE_UNAVAILABLE, () -> put(piece(content)));
    assertRefused(ErrorCode.ERROR_CODE_UNAVAILABLE, () -> get(ref.getSha256()));
    fabric.bus.comeBack();
    assertThat(get(ref.getSha256())).isEqualTo(content);
  }

  @Test
  void callerThatGivesUp_leavesNothing() {
    byte[] content = content(5_000);
    Answer answer = new Answer();
    StreamObserver<PutObjectRequest> requests = fabric.objectStreams.putObject(answer);
    requests.onNext(piece(content));
    requests.onError(new IllegalStateException("changed my mind"));
    assertThatThrownBy(answer::ref).hasMessageContaining("CANCELLED");
    assertThat(stored().exists(Objects.sha256(content))).isFalse();
  }
}
