package io.infrafabric.names;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.BlockerEventType;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.error.ErrorCatalog;
import io.infrafabric.governor.v1.EscalationEventType;
import java.util.List;
import java.util.Locale;

/** The NATS subjects and streams. */
public final class Subjects {
  /** All of the fabric's subjects. */
  public static final String ALL = "if.v1.>";

  /** Stream of the doorbells: 5 minutes, 64 a subject. */
  public static final String OFFERS_STREAM = "IF_OFFERS";

  public static final String OFFERS = "if.v1.offer.*";

  /** Stream of every task event, for observers: 24 hours. */
  public static final String TASKS_STREAM = "IF_TASKS";

  public static final String TASKS = "if.v1.task.>";

  /** Stream of the facts between services: 7 days. */
  public static final String EVENTS_STREAM = "IF_EVENTS";

  public static final String EVENTS = "if.v1.event.>";

  /** Stream of the records of ended tasks, one for each. */
  public static final String ARCHIVE_STREAM = "IF_ARCHIVE";

  public static final String ARCHIVE = "if.v1.archive.*";

  /** Stream of the decisions of the policy, for simulations: 7 days. */
  public static final String DECISIONS_STREAM = "IF_DECISIONS";

  public static final String DECISIONS = "if.v1.decision.*";

  /** Stream of what went against the policy, by swarm: 30 days. */
  public static final String VIOLATIONS_STREAM = "IF_VIOLATIONS";

  public static final String VIOLATIONS = "if.v1.violation.*";

  /** Object store of payloads, results and modules, by SHA-256. */
  public static final String OBJECTS_BUCKET = "IF_OBJECTS";

  /** Heartbeats of all swarms without gRPC. */
  public static final String HEARTBEATS = "if.v1.swarm.*.heartbeat";

  private Subjects() {}

  /** The doorbell of one swarm. */
  public static String offer(SwarmId swarm) {
    return "if.v1.offer." + swarm.value();
  }

  /** Decisions that a service has made. */
  public static String decisions(String service) {
    return "if.v1.decision." + Ids.require("service", service);
  }

  /** Violations of the policy that concern a swarm. */
  public static String violations(SwarmId swarm) {
    return "if.v1.violation." + swarm.value();
  }

  /** The record of an ended task. */
  public static String archived(TaskId task) {
    return "if.v1.archive." + task.value();
  }

  /** The firehose subject of a task event: by its first required capability, {@code any.any} without one. */
  public static String task(List<String> requiredCapabilities, TaskEventType event) {
    String token = token(event);
    if (requiredCapabilities.isEmpty()) {
      return "if.v1.task.any.any." + token;
    }
    Capability first = new Capability(requiredCapabilities.getFirst());
    return "if.v1.task." + first.category() + "." + first.skill() + "." + token;
  }

  /** A fact: {@code feature} and {@code event} are words of the fabric, {@code id} is an id. */
  public static String event(String feature, String event, String id) {
    return "if.v1.event." + Ids.require("feature", feature) + "." + Ids.require("event", event) + "." + Ids.require("id", id);
  }

  /** A fact about a task. */
  public static String taskEvent(TaskEventType event, TaskId task) {
    return event("task", token(event), task.value());
  }

  /** A fact about a blocker. */
  public static String blockerEvent(BlockerEventType event, BlockerId blocker) {
    return event("blocker", event.name().substring("BLOCKER_EVENT_TYPE_".length()).toLowerCase(Locale.ROOT), blocker.value());
  }

  /** A fact about an escalation. */
  public static String escalationEvent(EscalationEventType event, EscalationId escalation) {
    String word = event.name().substring("ESCALATION_EVENT_TYPE_".length()).toLowerCase(Locale.ROOT).replace('_', '-');
    return event("escalation", word, escalation.value());
  }

  /** A fact about a call that was refused at the door. */
  public static String authFailure(ErrorCode reason, String id) {
    return event("auth", ErrorCatalog.reason(reason).toLowerCase(Locale.ROOT).replace('_', '-'), id);
  }

  /** All facts of one kind, whatever the id. */
  public static String eventsOf(String feature, String event) {
    return "if.v1.event." + Ids.require("feature", feature) + "." + Ids.require("event", event) + ".*";
  }

  /** Where a swarm without gRPC says that it lives. */
  public static String heartbeat(SwarmId swarm) {
    return "if.v1.swarm." + swarm.value() + ".heartbeat";
  }

  /** Request/reply mirror of a gRPC method, e.g. {@code if.v1.rpc.coordinator.ClaimTask}. */
  public static String rpc(String service, String method) {
    if (!method.matches("[A-Za-z]{1,63}")) {
      throw new IllegalArgumentException("not a method name: " + method);
    }
    return "if.v1.rpc." + Ids.require("service", service) + "." + method;
  }

  /**
   * The swarm in the subject of a doorbell or a heartbeat.
   *
   * @throws io.infrafabric.error.RefusedException INVALID_ID when there is none
   */
  public static SwarmId swarmOf(String subject) {
    String[] tokens = subject.split("\\.", -1);
    return new SwarmId(tokens.length > 3 ? tokens[3] : "");
  }

  private static String token(TaskEventType event) {
    return event.name().substring("TASK_EVENT_TYPE_".length()).toLowerCase(Locale.ROOT);
  }
}
