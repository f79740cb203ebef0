package io.infrafabric.coordinator.blocker;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.ResolveBlockerRequest;
import io.infrafabric.coordinator.v1.Severity;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.Violations;
import io.infrafabric.names.Capability;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Limits;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What may stand in a request about a blocker, and who could help when it does not say. Pure. */
final class NeedRules {
  /** Needs of a blocker, and tasks that it waits for. */
  static final int MOST = 16;

  private static final int PRINCIPAL_CHARACTERS = 255;

  /** Needs by the type of a blocker; others must name theirs. */
  static final Map<String, List<String>> TABLE =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("build-failure", List.of("code:build")),
              Map.entry("test-failure", List.of("code:test")),
              Map.entry("code-error", List.of("code:debug")),
              Map.entry("review", List.of("code:review")),
              Map.entry("integration", List.of("code:integration", "api:design")),
              Map.entry("performance", List.of("code:performance")),
              Map.entry("security", List.of("security:review")),
              Map.entry("infrastructure", List.of("ops:infrastructure")),
              Map.entry("data", List.of("data:analysis")),
              Map.entry("documentation", List.of("docs:writing")),
              Map.entry("legal", List.of("legal:review"))));

  private NeedRules() {}

  /** What is needed: what the request names, else what the table has for its type; nothing more when it waits for tasks. */
  static List<String> needs(RaiseBlockerRequest request) {
    if (request.getNeedsCount() > 0) {
      return request.getNeedsList().stream().distinct().toList();
    }
    return request.getWaitsForTaskIdsCount() > 0 ? List.of() : TABLE.getOrDefault(request.getType(), List.of());
  }

  /** Everything that is wrong with a request, at once; its request id and fence apart. */
  static Optional<Refusal> check(RaiseBlockerRequest request) {
    Violations wrong = new Violations();
    id(wrong, "task_id", request.getTaskId());
    id(wrong, "swarm_id", request.getSwarmId());
    id(wrong, "type", request.getType());
    text(wrong, "description", request.getDescription());
    wrong
        .check(request.getSeverity() != Severity.UNRECOGNIZED, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "severity", "one of LOW, MEDIUM, HIGH, CRITICAL")
        .check(request.getNeedsCount() <= MOST, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "needs", "at most " + MOST)
        .check(request.getWaitsForTaskIdsCount() <= MOST, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "waits_for_task_ids", "at most " + MOST);
    for (int i = 0; i < Math.min(MOST, request.getNeedsCount()); i++) {
      if (!Capability.isCapability(request.getNeeds(i))) {
        wrong.add(Capability.invalid("needs[" + i + "]", request.getNeeds(i)));
      }
    }
    for (int i = 0; i < Math.min(MOST, request.getWaitsForTaskIdsCount()); i++) {
      id(wrong, "waits_for_task_ids[" + i + "]", request.getWaitsForTaskIds(i));
    }
    return wrong.refusal("the blocker cannot be taken");
  }

  /** Everything that is wrong with a request, at once; its request id apart. */
  static Optional<Refusal> check(ResolveBlockerRequest request) {
    Violations wrong = new Violations();
    id(wrong, "task_id", request.getTaskId());
    id(wrong, "blocker_id", request.getBlockerId());
    text(wrong, "resolution", request.getResolution());
    boolean owner = !request.getSwarmId().isEmpty();
    wrong.check(
        owner != !request.getPrincipal().isEmpty(),
        ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
        "principal",
        "either the holder with its fence, or a named person");
    if (owner) {
      id(wrong, "swarm_id", request.getSwarmId());
      wrong.check(request.getFence() > 0, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "fence", "the fence that the claim came with");
    } else {
      wrong
          .check(request.getFence() == 0, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "fence", "only with the holder's swarm_id")
          .check(
              request.getPrincipal().matches("[ -~]{0," + PRINCIPAL_CHARACTERS + "}") && (request.getPrincipal().isEmpty() || !request.getPrincipal().isBlank()),
              ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
              "principal",
              "at most " + PRINCIPAL_CHARACTERS + " printable characters");
    }
    return wrong.refusal("the blocker is not resolved");
  }

  private static void id(Violations wrong, String field, String text) {
    if (!Ids.isId(text)) {
      wrong.add(Ids.invalid(field, text));
    }
  }

  private static void text(Violations wrong, String field, String text) {
    wrong.check(text.length() <= Limits.TEXT_CHARACTERS, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, field, "at most " + Limits.TEXT_CHARACTERS + " characters");
  }
}
