package io.infrafabric.coordinator;

import com.google.protobuf.ByteString;
import io.infrafabric.coordinator.claim.Admission;
import io.infrafabric.coordinator.task.SpecRules;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Priority;
import io.infrafabric.coordinator.v1.Ready;
import io.infrafabric.coordinator.v1.SessionRecord;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.time.Times;
import io.infrafabric.policy.ActivePolicy;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Records to begin from. */
public final class Samples {
  public static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  public static final String SESSION = "0123456789abcdef0123456789abcdef";

  /** Etcd revision at which {@link #admission} has the session opened. */
  public static final long SESSION_REVISION = 40;

  private Samples() {}

  /** A swarm in good standing with $10. */
  public static Standing.Builder standing(String swarm, String... capabilities) {
    return Standing.newBuilder()
        .setSwarmId(swarm)
        .addAllCapabilities(List.of(capabilities))
        .setBreaker(BreakerState.BREAKER_STATE_CLOSED)
        .setReputationMillis(700)
        .setMaxConcurrent(3)
        .setCreditMicros(10_000_000);
  }

  public static Admission admission(Standing standing, Commitment... commitments) {
    return new Admission(
        Optional.of(SessionRecord.newBuilder().setSwarmId(standing.getSwarmId()).setSessionId(SESSION).build()),
        SESSION_REVISION,
        Optional.of(standing),
        book(standing.getSwarmId(), commitments),
        ActivePolicy.first());
  }

  /** The same under another policy. */
  public static Admission under(ActivePolicy policy, Admission admission) {
    return new Admission(admission.session(), admission.sessionRevision(), admission.standing(), admission.commitments(), policy);
  }

  public static CommitmentsRecord book(String swarm, Commitment... commitments) {
    return CommitmentsRecord.newBuilder().setSwarmId(swarm).addAllCommitments(List.of(commitments)).build();
  }

  /** An open claim. */
  public static Commitment open(String claim, long maxCostMicros) {
    return Commitment.newBuilder().setClaimId(claim).setTaskId("of-" + claim).setMaxCostMicros(maxCostMicros).build();
  }

  /** A complete spec. */
  public static TaskSpec.Builder spec(String id, String... capabilities) {
    return TaskSpec.newBuilder()
        .setTaskId(id)
        .addAllRequiredCapabilities(List.of(capabilities))
        .setPriority(Priority.PRIORITY_MEDIUM)
        .setMaxAttempts(SpecRules.ATTEMPTS_DEFAULT);
  }

  public static Task ready(TaskSpec spec) {
    return Task.newBuilder()
        .setSpec(spec)
        .setSpecDigest(SpecRules.digest(spec))
        .setCreatedAt(Times.toProto(NOW))
        .setReady(Ready.newBuilder().setSince(Times.toProto(NOW)))
        .build();
  }

  /** The task claimed for the nth time, with fence 100 n. */
  public static Task claimed(TaskSpec spec, String swarm, int attempt) {
    return ready(spec).toBuilder()
        .setAttempt(attempt)
        .setClaimed(
            Claimed.newBuilder()
                .setSwarmId(swarm)
                .setClaimId("claim-" + attempt)
                .setFence(100L * attempt)
                .setSessionRevision(SESSION_REVISION)
                .setRequestId("claimed-" + attempt)
                .setSince(Times.toProto(NOW)))
        .build();
  }

  public static Optional<StoredTask> stored(Task task) {
    return Optional.of(new StoredTask(task, LastChange.getDefaultInstance(), "submitted"));
  }

  /** The entry of a task as it is in the store at a revision. */
  public static Entry entry(String key, Task task, TaskEventType event, long revision) {
    ByteString bytes = StoredTask.bytes(task, LastChange.newBuilder().setEvent(event).setAt(Times.toProto(NOW)).build(), "submitted");
    return new Entry(key, bytes, 1, revision, 0);
  }
}
