package io.infrafabric.governor.witness;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import io.infrafabric.chassis.v1.ContractRecord;
import io.infrafabric.common.v1.RefusalRecord;
import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.coordinator.v1.Attempt;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.coordinator.v1.SessionRecord;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.TaskRecord;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.EscalationState;
import io.infrafabric.governor.v1.PolicyRecord;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.governor.v1.SwarmRecord;
import io.infrafabric.governor.witness.EntryLine.Severity;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Keys;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Makes the entry of a change: who did what to which record, in which trace and claim, at what cost, and the digest of the record.
 * Nothing of payloads, results, reasons or the secrets of sessions.
 */
final class EntryRules {
  private static final Set<TaskEventType> WARNINGS =
      Set.of(
          TaskEventType.TASK_EVENT_TYPE_FAILED,
          TaskEventType.TASK_EVENT_TYPE_LOST,
          TaskEventType.TASK_EVENT_TYPE_STALLED,
          TaskEventType.TASK_EVENT_TYPE_REVOKED,
          TaskEventType.TASK_EVENT_TYPE_RETRIED,
          TaskEventType.TASK_EVENT_TYPE_QUARANTINED);

  /** Who does what nobody asked for. */
  private static final String FABRIC = "fabric";

  private final WitnessedKeys keys;
  private final UnaryOperator<String> modelOf;

  /**
   * @param modelOf the model of a swarm, empty when it is not known
   */
  EntryRules(WitnessedKeys keys, UnaryOperator<String> modelOf) {
    this.keys = keys;
    this.modelOf = modelOf;
  }

  /**
   * The entry of a record that was written.
   *
   * @param created whether the key was not there before
   * @param now when the record does not tell when it was written
   */
  EntryLine written(String key, ByteString value, long revision, boolean created, Instant now) {
    EntryLine line = line(key, revision, now);
    line.digest = sha256(value);
    String kind = keys.kind(key);
    try {
      switch (kind) {
        case "tasks" -> task(line, TaskRecord.parseFrom(value));
        case "sessions" -> session(line, SessionRecord.parseFrom(value));
        case "plans" -> plan(line, PlanRecord.parseFrom(value), created);
        case "blockers" -> blocker(line, BlockerRecord.parseFrom(value));
        case "swarms" -> swarm(line, SwarmRecord.parseFrom(value), created);
        case "standing" -> standing(line, Standing.parseFrom(value));
        case "breakers" -> BreakerEntryRules.fill(line, Breaker.parseFrom(value), created);
        case "accounts" -> AccountEntryRules.written(line, Account.parseFrom(value), created);
        case "escalations" -> escalation(line, Escalation.parseFrom(value));
        case "contracts" -> contract(line, key, ContractRecord.parseFrom(value));
        case "policy" -> policy(line, PolicyRecord.parseFrom(value));
        case "refusals" -> RefusalEntryRules.fill(line, RefusalRecord.parseFrom(value));
        default -> line.operation = kind + ".written";
      }
    } catch (InvalidProtocolBufferException malformed) {
      line.operation = kind + ".malformed";
      line.severity = Severity.ERROR;
    }
    return line;
  }

  /** The entry of a record that was deleted, or went with its lease; etcd does not tell when. */
  EntryLine deleted(String key, long revision, Instant now) {
    EntryLine line = line(key, revision, now);
    String id = Keys.idOf(key);
    switch (keys.kind(key)) {
      case "tasks" -> {
        line.operation = "task.archived";
        line.task = id;
      }
      case "plans" -> {
        line.operation = "plan.archived";
        line.plan = id;
      }
      case "sessions" -> {
        line.operation = "session.ended";
        line.swarm = id;
      }
      case "accounts" -> line.operation = "account.closed";
      case "contracts" -> {
        line.operation = "contract.unloaded";
        line.swarm = id;
      }
      default -> line.operation = keys.kind(key) + ".deleted";
    }
    return line;
  }

  /** The entry that says which revisions were forgotten before they were witnessed. */
  EntryLine gap(long from, long to, Instant now) {
    EntryLine line = new EntryLine();
    line.key = "witness/gap";
    line.component = "governor";
    line.operation = "witness.gap";
    line.severity = Severity.ERROR;
    line.revision = to;
    line.gapFrom = from;
    line.gapTo = to;
    line.time = now;
    return line;
  }

  private EntryLine line(String key, long revision, Instant now) {
    EntryLine line = new EntryLine();
    line.key = keys.relative(key);
    line.revision = revision;
    line.component = keys.owner(keys.kind(key));
    line.time = now;
    return line;
  }

  private void task(EntryLine line, TaskRecord written) {
    Task task = written.getTask();
    LastChange last = written.getLast();
    line.operation = "task." + word(last.getEvent(), "TASK_EVENT_TYPE_");
    line.severity = WARNINGS.contains(last.getEvent()) ? Severity.WARNING : Severity.INFO;
    at(line, last.hasAt(), last.getAt());
    line.trace = trace(last.getTrace().getTraceparent().isEmpty() ? task.getTrace() : last.getTrace());
    line.task = task.getSpec().getTaskId();
    line.plan = task.getSpec().getPlanId();
    line.phase = task.getPlanPlace().getPhase();
    line.swarm = last.getSwarmId();
    line.principal = principal(task, last.getEvent());
    line.claim = last.getClaimId();
    line.request = last.getRequestId();
    line.fence = last.getFence();
    if (last.getCostMicros() != 0) {
      line.costMicros = last.getCostMicros();
      line.model = modelOf.apply(last.getSwarmId());
    }
    held(task).filter(claim -> claim.getClaimId().equals(line.claim)).ifPresent(claim -> holder(line, claim));
    if (task.getAttemptsCount() > 0) {
      Attempt attempt = task.getAttempts(task.getAttemptsCount() - 1);
      if (attempt.getClaimId().equals(line.claim) && !line.claim.isEmpty()) {
        line.agent = attempt.getAgent();
      }
    }
  }

  /** The person whose call it was, where a call names one. */
  private static String principal(Task task, TaskEventType event) {
    return switch (event) {
      case TASK_EVENT_TYPE_APPROVED -> task.getApproval().getPrincipal();
      case TASK_EVENT_TYPE_REQUEUED -> task.getRequeue().getPrincipal();
      case TASK_EVENT_TYPE_REASSIGNED -> task.getOwnership().getPrincipal();
      default -> "";
    };
  }

  private static Optional<Claimed> held(Task task) {
    return switch (task.getStateCase()) {
      case CLAIMED -> Optional.of(task.getClaimed());
      case PARKED -> Optional.of(task.getParked().getClaim());
      case COMPLETED -> Optional.of(task.getCompleted().getClaim());
      case WAITING, READY, FAILED, CANCELLED, QUARANTINED, STATE_NOT_SET -> Optional.empty();
    };
  }

  private static void holder(EntryLine line, Claimed claim) {
    line.agent = claim.getAgent();
    line.session = claim.getSessionRevision();
    // The fence of a claim just made is the revision of its record.
    line.fence = claim.getFence() == 0 ? line.revision : claim.getFence();
  }

  private static void session(EntryLine line, SessionRecord session) {
    line.operation = "session.opened";
    at(line, session.hasOpenedAt(), session.getOpenedAt());
    line.swarm = session.getSwarmId();
    line.request = session.getRequestId();
    line.session = line.revision;
  }

  private static void plan(EntryLine line, PlanRecord plan, boolean created) {
    // Between its cancellation and its end nothing else is written to a plan.
    boolean cancelled = plan.hasCancellation() && !plan.hasOverAt();
    line.operation = created ? "plan.submitted" : cancelled ? "plan.cancelled" : "plan.changed";
    at(line, created && plan.hasCreatedAt(), plan.getCreatedAt());
    at(line, cancelled && plan.getCancellation().hasAt(), plan.getCancellation().getAt());
    line.plan = plan.getPlanId();
    line.trace = trace(plan.getTrace());
    line.request = created ? plan.getSubmitRequestId() : cancelled ? plan.getCancellation().getRequestId() : "";
  }

  private static void blocker(EntryLine line, BlockerRecord written) {
    line.operation = "blocker." + word(written.getEvent(), "BLOCKER_EVENT_TYPE_");
    at(line, written.hasAt(), written.getAt());
    line.trace = trace(written.getTrace());
    Blocker blocker = written.getBlocker();
    line.task = blocker.getTaskId();
    line.swarm = blocker.getSwarmId();
    line.severity =
        switch (written.getEvent()) {
          case BLOCKER_EVENT_TYPE_RAISED -> Severity.WARNING;
          case BLOCKER_EVENT_TYPE_ESCALATED -> Severity.ERROR;
          case BLOCKER_EVENT_TYPE_HELPED, BLOCKER_EVENT_TYPE_RESOLVED, BLOCKER_EVENT_TYPE_UNSPECIFIED, UNRECOGNIZED -> Severity.INFO;
        };
    boolean byPerson = blocker.hasResolvedAt() && !blocker.getResolvedBy().equals(blocker.getSwarmId()) && !blocker.getResolvedBy().equals(FABRIC);
    line.principal = byPerson ? blocker.getResolvedBy() : "";
    line.request = written.getResolveRequestId().isEmpty() ? written.getRaiseRequestId() : written.getResolveRequestId();
  }

  private static void swarm(EntryLine line, SwarmRecord swarm, boolean created) {
    line.operation = swarm.hasUnregistration() ? "swarm.unregistered" : created ? "swarm.registered" : "swarm.changed";
    at(line, created && swarm.hasRegisteredAt(), swarm.getRegisteredAt());
    line.swarm = swarm.getManifest().getSwarmId();
    line.model = swarm.getManifest().getModel();
    line.principal = swarm.getUnregistration().getPrincipal();
    line.request = swarm.getRequestId();
  }

  private static void standing(EntryLine line, Standing standing) {
    line.operation = "standing.changed";
    line.swarm = standing.getSwarmId();
  }

  private static void escalation(EntryLine line, Escalation escalation) {
    line.operation = "escalation." + word(escalation.getLastEvent(), "ESCALATION_EVENT_TYPE_");
    // That a person is needed is an error until somebody has decided; to be told of it again, too.
    line.severity = escalation.getState() == EscalationState.ESCALATION_STATE_OPEN ? Severity.ERROR : Severity.INFO;
    at(line, escalation.hasLastAt(), escalation.getLastAt());
    line.trace = trace(escalation.getTrace());
    line.swarm = escalation.getSwarmId();
    line.task = escalation.getTaskId();
    line.principal = escalation.getPrincipal();
    line.request = escalation.getRequestId();
  }

  private static void contract(EntryLine line, String key, ContractRecord contract) {
    line.operation = "contract.loaded";
    at(line, contract.hasLoadedAt(), contract.getLoadedAt());
    line.swarm = Keys.idOf(key);
    line.request = contract.getRequestId();
  }

  private static void policy(EntryLine line, PolicyRecord written) {
    line.operation =
        switch (written.getSlot()) {
          case "current" -> written.getLastRevision() == written.getPolicy().getRevision() ? "policy.applied" : "policy.changed";
          case "shadow" -> "policy.shadowed";
          default -> "policy.kept";
        };
    at(line, written.getPolicy().hasAppliedAt(), written.getPolicy().getAppliedAt());
    line.principal = written.getPolicy().getPrincipal();
    line.request = written.getRequestId();
  }

  private static void at(EntryLine line, boolean told, Timestamp at) {
    if (told) {
      line.time = Times.toInstant(at);
    }
  }

  /** The trace id in a W3C traceparent: {@code 00-<32 hex digits>-...}. */
  static String trace(TraceContext context) {
    String parent = context.getTraceparent();
    return parent.length() >= 35 ? parent.substring(3, 35) : "";
  }

  private static String word(Enum<?> event, String prefix) {
    return event.name().startsWith(prefix) ? event.name().substring(prefix.length()).toLowerCase(Locale.ROOT) : "changed";
  }

  private static byte[] sha256(ByteString value) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (ByteBuffer part : value.asReadOnlyByteBufferList()) {
        digest.update(part);
      }
      return digest.digest();
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
