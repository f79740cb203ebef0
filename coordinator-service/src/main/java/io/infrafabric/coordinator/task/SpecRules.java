package io.infrafabric.coordinator.task;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Duration;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.SkillLevel;
import io.infrafabric.coordinator.v1.Backoff;
import io.infrafabric.coordinator.v1.Priority;
import io.infrafabric.coordinator.v1.RetryPolicy;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.Violations;
import io.infrafabric.manifest.ManifestRules;
import io.infrafabric.names.Capability;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Limits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** What a task may look like. */
public final class SpecRules {
  /** Attempts of a task that does not say. */
  public static final int ATTEMPTS_DEFAULT = 3;

  private static final Duration LONGEST_BACKOFF = Durations.fromDays(1);
  private static final Duration LONGEST_EXPECTED = Durations.fromDays(30);
  private static final Duration SHORTEST_TIMEOUT = Durations.fromMillis(1);
  private static final Duration LONGEST_BUDGET = Durations.fromDays(365);

  private SpecRules() {}

  /** Everything that is wrong with a spec, at once. */
  public static Optional<Refusal> check(TaskSpec spec, String at) {
    Violations wrong = new Violations();
    if (!spec.getTaskId().isEmpty() && !Ids.isId(spec.getTaskId())) {
      wrong.add(Ids.invalid(at + "task_id", spec.getTaskId()));
    }
    if (!spec.getPlanId().isEmpty() && !Ids.isId(spec.getPlanId())) {
      wrong.add(Ids.invalid(at + "plan_id", spec.getPlanId()));
    }
    for (int i = 0; i < spec.getRequiredCapabilitiesCount(); i++) {
      if (!Capability.isCapability(spec.getRequiredCapabilities(i))) {
        wrong.add(Capability.invalid(at + "required_capabilities[" + i + "]", spec.getRequiredCapabilities(i)));
      }
    }
    new TreeMap<>(spec.getMinSkillsMap())
        .forEach(
            (capability, level) ->
                wrong.check(
                    spec.getRequiredCapabilitiesList().contains(capability) && level != SkillLevel.SKILL_LEVEL_UNSPECIFIED
                        && level != SkillLevel.UNRECOGNIZED,
                    ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
                    at + "min_skills[" + ManifestRules.shown(capability) + "]",
                    "NOVICE, INTERMEDIATE, ADVANCED or EXPERT, for one of the required capabilities"));
    for (int i = 0; i < spec.getDependsOnCount(); i++) {
      String dependency = spec.getDependsOn(i);
      if (!Ids.isId(dependency)) {
        wrong.add(Ids.invalid(at + "depends_on[" + i + "]", dependency));
      } else if (dependency.equals(spec.getTaskId())) {
        wrong.add(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "depends_on[" + i + "]", "a task cannot depend on itself");
      }
    }
    for (int i = 0; i < spec.getExcludeSwarmIdsCount(); i++) {
      if (!Ids.isId(spec.getExcludeSwarmIds(i))) {
        wrong.add(Ids.invalid(at + "exclude_swarm_ids[" + i + "]", spec.getExcludeSwarmIds(i)));
      }
    }
    OwnerRules.check(wrong, spec.getOwnerSwarmIdsList(), at);
    money(wrong, at + "max_cost_micros", spec.getMaxCostMicros());
    payload(wrong, spec, at);
    wrong
        .check(spec.getPriority() != Priority.UNRECOGNIZED, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "priority", "one of LOW, MEDIUM, HIGH, CRITICAL")
        .check(spec.getRequiredCapabilitiesCount() <= Limits.CAPABILITIES, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "required_capabilities", "at most " + Limits.CAPABILITIES)
        .check(spec.getDependsOnCount() <= Limits.DEPENDENCIES, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "depends_on", "at most " + Limits.DEPENDENCIES)
        .check(Integer.compareUnsigned(spec.getMaxAttempts(), Limits.ATTEMPTS) <= 0, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "max_attempts", "1 to " + Limits.ATTEMPTS)
        .check(Integer.compareUnsigned(spec.getMinReputationMillis(), 1_000) <= 0, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "min_reputation_millis", "0 to 1000")
        .check(isBackoff(spec.getRetryBackoff()), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "retry_backoff", "0 s to 1 day")
        .check(Timestamps.isValid(spec.getNotBefore()), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "not_before", "a time between the years 1 and 9999")
        .check(isWithin(spec.getExpectedDuration(), LONGEST_EXPECTED), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "expected_duration", "0 s to 30 days")
        .check(spec.getTaskClass().isEmpty() || Ids.isId(spec.getTaskClass()), ErrorCode.ERROR_CODE_INVALID_ID, at + "task_class", "lower-case letters, digits and inner hyphens")
        .check(spec.getExcludeSwarmIdsCount() <= Limits.CAPABILITIES, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "exclude_swarm_ids", "at most " + Limits.CAPABILITIES)
        .check(spec.getBlockerId().isEmpty(), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "blocker_id", "set by the fabric alone")
        .check(spec.getPaidBySwarmId().isEmpty(), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "paid_by_swarm_id", "set by the fabric alone")
        .check(spec.getHelpsSwarmId().isEmpty(), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "helps_swarm_id", "set by the fabric alone")
        .check(spec.getLabelsCount() <= Limits.LABELS, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "labels", "at most " + Limits.LABELS)
        .check(!spec.hasProgressTimeout() || isTimeout(spec.getProgressTimeout()), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "progress_timeout", "1 ms to 1 day")
        .check(Timestamps.isValid(spec.getDeadline()), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "deadline", "a time between the years 1 and 9999");
    if (spec.hasDeadline() && spec.hasNotBefore() && Timestamps.isValid(spec.getDeadline()) && Timestamps.isValid(spec.getNotBefore())) {
      wrong.check(Timestamps.compare(spec.getNotBefore(), spec.getDeadline()) < 0, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "deadline", "after not_before");
    }
    retry(wrong, spec, at);
    spec.getLabelsMap()
        .forEach(
            (key, value) ->
                wrong.check(
                    !key.isEmpty() && key.length() <= Limits.LABEL_KEY_CHARACTERS && value.length() <= Limits.LABEL_VALUE_CHARACTERS,
                    ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
                    at + "labels",
                    "keys of 1 to 63 and values of at most 255 characters"));
    return wrong.refusal("the task cannot be taken");
  }

  private static boolean isBackoff(Duration wait) {
    return isWithin(wait, LONGEST_BACKOFF);
  }

  private static boolean isWithin(Duration span, Duration longest) {
    return Durations.isValid(span) && !Durations.isNegative(span) && Durations.compare(span, longest) <= 0;
  }

  private static boolean isTimeout(Duration timeout) {
    return isBackoff(timeout) && Durations.compare(timeout, SHORTEST_TIMEOUT) >= 0;
  }

  private static void retry(Violations wrong, TaskSpec spec, String at) {
    if (!spec.hasRetry()) {
      return;
    }
    RetryPolicy retry = spec.getRetry();
    wrong
        .check(!spec.hasRetryBackoff(), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "retry", "either retry or retry_backoff, not both")
        .check(retry.getBackoff() != Backoff.UNRECOGNIZED, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "retry.backoff", "one of FIXED, LINEAR, EXPONENTIAL")
        .check(isBackoff(retry.getInitial()), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "retry.initial", "0 s to 1 day")
        .check(isBackoff(retry.getMax()), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "retry.max", "0 s to 1 day")
        .check(Integer.compareUnsigned(retry.getJitterPercent(), 100) <= 0, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "retry.jitter_percent", "0 to 100")
        .check(!retry.hasBudget() || isBudget(retry.getBudget()), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "retry.budget", "more than 0 s, at most 365 days");
  }

  private static boolean isBudget(Duration budget) {
    return Durations.isValid(budget) && Durations.isPositive(budget) && Durations.compare(budget, LONGEST_BUDGET) <= 0;
  }

  private static void payload(Violations wrong, TaskSpec spec, String at) {
    wrong.check(
        spec.getPayload().size() <= Limits.PAYLOAD_BYTES,
        ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE,
        at + "payload",
        spec.getPayload().size() + " bytes, at most " + Limits.PAYLOAD_BYTES);
    if (spec.hasPayloadObject()) {
      wrong
          .check(spec.getPayload().isEmpty(), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "payload_object", "either inline or an object, not both")
          .check(spec.getPayloadObject().getSha256().matches("[0-9a-f]{64}"), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "payload_object.sha256", "64 lower-case hex digits")
          .check(spec.getPayloadObject().getSizeBytes() >= 0, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "payload_object.size_bytes", "0 or more");
    }
  }

  /** Notes an amount that is negative or absurd. */
  public static void money(Violations wrong, String field, long micros) {
    wrong.check(
        micros >= 0 && micros <= Limits.MONEY_MICROS,
        ErrorCode.ERROR_CODE_INVALID_MONEY,
        field,
        micros + " micro-USD, must be 0 to " + Limits.MONEY_MICROS);
  }

  /**
   * The spec with every default filled in and repetitions left out.
   *
   * @param requestId gives a task without an id the same id at every try
   */
  public static TaskSpec complete(TaskSpec spec, String requestId, int index) {
    TaskSpec.Builder full = spec.toBuilder();
    if (spec.getTaskId().isEmpty()) {
      full.setTaskId("t-" + HexFormat.of().formatHex(sha256((requestId + "/" + index).getBytes(StandardCharsets.UTF_8)), 0, 13));
    }
    if (spec.getPriority() == Priority.PRIORITY_UNSPECIFIED) {
      full.setPriority(Priority.PRIORITY_MEDIUM);
    }
    if (spec.getMaxAttempts() == 0) {
      full.setMaxAttempts(ATTEMPTS_DEFAULT);
    }
    full.clearRequiredCapabilities().addAllRequiredCapabilities(new LinkedHashSet<>(spec.getRequiredCapabilitiesList()));
    full.clearOwnerSwarmIds().addAllOwnerSwarmIds(new TreeSet<>(spec.getOwnerSwarmIdsList()));
    // In the order in which they came: the digests of stored tasks are of that.
    full.clearExcludeSwarmIds().addAllExcludeSwarmIds(new LinkedHashSet<>(spec.getExcludeSwarmIdsList()));
    full.clearDependsOn().addAllDependsOn(new LinkedHashSet<>(spec.getDependsOnList()));
    return full.build();
  }

  /** SHA-256 of a complete spec, hex: two specs with one digest are the same task. */
  public static String digest(TaskSpec complete) {
    byte[] bytes = new byte[complete.getSerializedSize()];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.useDeterministicSerialization();
    try {
      complete.writeTo(out);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return HexFormat.of().formatHex(sha256(bytes));
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
