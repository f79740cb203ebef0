package io.infrafabric.coordinator.plan;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.task.SpecRules;
import io.infrafabric.coordinator.v1.MapTasksRequest;
import io.infrafabric.coordinator.v1.MappingRecord;
import io.infrafabric.coordinator.v1.PhaseRecord;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.coordinator.v1.Sharing;
import io.infrafabric.coordinator.v1.Stragglers;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.Violations;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Limits;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** How a phase is filled with very many tasks of one kind. Pure. */
final class MappingRules {
  /** The phase of a plan that is made by MapTasks. */
  static final String PHASE = "map";

  private MappingRules() {}

  /**
   * A mapping as it is asked for.
   *
   * @param template complete, without id and payload
   * @param fair whether the children are shared out evenly
   * @param stragglers when a child gets a twin, complete; never when empty
   * @param announced so many children will come; 0 when nobody has said
   */
  record Mapping(String planId, String phase, String requestId, TaskSpec template, boolean fair, Optional<Stragglers> stragglers, int announced) {
    /** What "the same mapping" means. */
    String templateDigest() {
      return SpecRules.digest(template);
    }

    /** The child at a place of the stream, counted from 0. */
    String childId(int index) {
      return MappingRules.childId(planId, phase, index);
    }
  }

  /** The first message of a stream, checked and completed. */
  static Mapping mapping(MapTasksRequest first) {
    TaskSpec template = first.getTemplate();
    Violations wrong = new Violations();
    if (!Ids.isId(first.getPlanId())) {
      wrong.add(Ids.invalid("plan_id", first.getPlanId()));
    }
    if (!first.getPhase().isEmpty() && !Ids.isId(first.getPhase())) {
      wrong.add(Ids.invalid("phase", first.getPhase()));
    }
    SpecRules.check(template, "template.").ifPresent(wrong::add);
    wrong
        .check(first.getSharing() != Sharing.UNRECOGNIZED, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "sharing", "FAIR or RANKED")
        .check(
            Integer.compareUnsigned(first.getChildren(), Limits.CHILDREN_PER_MAPPING) <= 0,
            ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
            "children",
            Integer.toUnsignedString(first.getChildren()) + " children, at most " + Limits.CHILDREN_PER_MAPPING)
        .check(first.hasTemplate(), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "template", "what all children have in common, on the first message")
        .check(template.getTaskId().isEmpty(), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "template.task_id", "leave it out: every child gets one of its own")
        .check(
            template.getPayload().isEmpty() && !template.hasPayloadObject(),
            ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
            "template.payload",
            "leave it out: the payloads are the children's")
        .check(
            template.getPlanId().isEmpty() || template.getPlanId().equals(first.getPlanId()),
            ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
            "template.plan_id",
            "leave it out: it is the plan's");
    if (first.hasStragglers()) {
      StragglerRules.check(wrong, first.getStragglers(), "stragglers.");
    }
    wrong.refusal("the mapping cannot be taken").ifPresent(refusal -> {
      throw refusal.asException();
    });
    TaskSpec complete = SpecRules.complete(template.toBuilder().setPlanId(first.getPlanId()).setTaskId("child").build(), "", 0);
    return new Mapping(
        first.getPlanId(),
        first.getPhase().isEmpty() ? PHASE : first.getPhase(),
        first.getRequestId(),
        complete.toBuilder().clearTaskId().build(),
        first.getSharing() != Sharing.SHARING_RANKED,
        first.hasStragglers() ? Optional.of(StragglerRules.complete(first.getStragglers())) : Optional.empty(),
        first.getChildren());
  }

  /** The id of a child: the same at every try, and of nobody else's making. */
  static String childId(String planId, String phase, int index) {
    return childId(prefix(planId, phase), index);
  }

  /** The ids of the first so many children. */
  static Stream<String> childIds(String planId, String phase, int children) {
    String prefix = prefix(planId, phase);
    return IntStream.range(0, children).mapToObj(index -> childId(prefix, index));
  }

  private static String prefix(String planId, String phase) {
    byte[] digest = PlanRules.sha256((planId + "/" + phase).getBytes(StandardCharsets.UTF_8));
    return "m-" + HexFormat.of().formatHex(digest, 0, 10) + "-";
  }

  private static String childId(String prefix, int index) {
    String digits = Integer.toString(index);
    return prefix + "0".repeat(Math.max(0, 5 - digits.length())) + digits;
  }

  /** What begins a mapping in a plan that is there, or goes on with it. */
  static PlanDecision.Next begin(PlanRecord there, Mapping mapping) {
    Optional<PhaseRecord> phase = PhaseRules.named(there, mapping.phase());
    if (phase.isEmpty() || !phase.get().getMapped()) {
      return new PlanDecision.Next.Refuse(
          Refusal.of(
                  ErrorCode.ERROR_CODE_PLAN_NOT_FOUND,
                  "plan " + mapping.planId() + " has no phase " + mapping.phase() + " that is declared as mapped")
              .with("plan_id", mapping.planId()));
    }
    MappingRecord begun = phase.get().getMapping();
    boolean isDone = begun.hasWholeAt() && begun.getRequestId().equals(mapping.requestId());
    if (there.hasCancellation() && !isDone) {
      return new PlanDecision.Next.Refuse(CancellationRules.cancelled(there.getPlanId()));
    }
    Optional<Refusal> others = DomainRules.ofOthers(there, mapping.template());
    if (others.isPresent()) {
      return new PlanDecision.Next.Refuse(others.get());
    }
    if (!phase.get().hasMapping()) {
      return new PlanDecision.Next.Write(begun(there, mapping));
    }
    if (!begun.getRequestId().equals(mapping.requestId())) {
      return new PlanDecision.Next.Refuse(
          Refusal.of(
                  ErrorCode.ERROR_CODE_ALREADY_EXISTS,
                  "phase " + mapping.phase() + " of plan " + mapping.planId() + " is filled by request " + begun.getRequestId() + (begun.hasWholeAt() ? "" : ", which has not ended"))
              .with("plan_id", mapping.planId())
              .with("request_id", begun.getRequestId()));
    }
    if (!begun.getTemplateDigest().equals(mapping.templateDigest())) {
      return new PlanDecision.Next.Refuse(reused(mapping, "with another template"));
    }
    if (!StragglerRules.of(phase.get()).equals(mapping.stragglers())) {
      return new PlanDecision.Next.Refuse(reused(mapping, "with other stragglers"));
    }
    return new PlanDecision.Next.Write(there);
  }

  /** What ends a mapping: from here on its children are claimable, as far as the phases before are completed. */
  static PlanDecision.Next end(PlanRecord there, Mapping mapping, int children, Instant now) {
    MappingRecord begun = PhaseRules.named(there, mapping.phase()).map(PhaseRecord::getMapping).orElseThrow();
    if (begun.hasWholeAt()) {
      return begun.getChildren() == children
          ? new PlanDecision.Next.Write(there)
          : new PlanDecision.Next.Refuse(reused(mapping, "with " + begun.getChildren() + " children, not " + children));
    }
    if (there.hasCancellation()) {
      return new PlanDecision.Next.Refuse(CancellationRules.cancelled(there.getPlanId()));
    }
    return new PlanDecision.Next.Write(
        with(there, mapping.phase(), begun.toBuilder().setChildren(children).setWholeAt(Times.toProto(now)).build()));
  }

  static Refusal reused(Mapping mapping, String how) {
    return Refusal.of(
            ErrorCode.ERROR_CODE_REQUEST_ID_REUSED,
            "request " + mapping.requestId() + " has filled phase " + mapping.phase() + " of plan " + mapping.planId() + " before " + how)
        .with("plan_id", mapping.planId());
  }

  /** The plan with the mapping begun. */
  static PlanRecord begun(PlanRecord plan, Mapping mapping) {
    PlanRecord.Builder next = with(plan, mapping.phase(), record(mapping)).toBuilder();
    mapping.stragglers().ifPresent(
        stragglers -> next.getPhasesBuilderList().stream().filter(found -> found.getName().equals(mapping.phase())).forEach(found -> found.setStragglers(stragglers)));
    return next.build();
  }

  private static MappingRecord record(Mapping mapping) {
    return MappingRecord.newBuilder().setRequestId(mapping.requestId()).setTemplateDigest(mapping.templateDigest()).build();
  }

  private static PlanRecord with(PlanRecord plan, String phase, MappingRecord mapping) {
    PlanRecord.Builder next = plan.toBuilder();
    next.getPhasesBuilderList().stream().filter(found -> found.getName().equals(phase)).forEach(found -> found.setMapping(mapping));
    return next.build();
  }

  /** What is wrong with a child. */
  static Optional<Refusal> child(Mapping mapping, int index, int payloadBytes) {
    boolean announced = mapping.announced() == 0 || index < mapping.announced();
    return new Violations()
        .check(
            index < Limits.CHILDREN_PER_MAPPING,
            ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
            "payloads",
            "at most " + Limits.CHILDREN_PER_MAPPING + " children: none of those that came is claimable; send so many again with the same request id, or cancel the plan")
        .check(announced, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "payloads", "more children than the " + mapping.announced() + " that were announced")
        .check(
            payloadBytes <= Limits.PAYLOAD_BYTES,
            ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE,
            "payloads[" + index + "]",
            payloadBytes + " bytes, at most " + Limits.PAYLOAD_BYTES)
        .refusal("the mapping cannot be taken");
  }

  /** What is wrong with a stream that has ended after so many children. */
  static Optional<Refusal> ended(Mapping mapping, int children) {
    return new Violations()
        .check(children > 0, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "payloads", "at least one child")
        .check(
            mapping.announced() == 0 || children == mapping.announced(),
            ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
            "payloads",
            "the stream ended after " + children + " of " + mapping.announced() + " children: send it again from its beginning with the same request id")
        .refusal("the mapping cannot be taken");
  }
}
