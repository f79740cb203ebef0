package io.infrafabric.governor.policy;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.Violations;
import io.infrafabric.governor.input.Findings;
import io.infrafabric.governor.v1.ApplyPolicyRequest;
import io.infrafabric.governor.v1.DropShadowPolicyRequest;
import io.infrafabric.governor.v1.Policy;
import io.infrafabric.governor.v1.PolicyMode;
import io.infrafabric.governor.v1.PolicyProblem;
import io.infrafabric.governor.v1.RollbackPolicyRequest;
import io.infrafabric.kit.time.Times;
import io.infrafabric.policy.PolicyDocument;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** How the policy changes: only ever to a sound document, as the next revision, once per request id. */
final class ChangeRules {
  private ChangeRules() {}

  /** Every invalid field at once, or nothing; what is wrong with the document comes by itself. */
  static Optional<Refusal> validate(ApplyPolicyRequest request) {
    return new Findings("the policy is not applied")
        .requestId(request.getRequestId())
        .text("principal", request.getPrincipal())
        .require(request.getExpectedRevision() >= 0, "expected_revision", "0, or the revision that is in force")
        .refusal();
  }

  /** Every invalid field at once, or nothing. */
  static Optional<Refusal> validate(RollbackPolicyRequest request) {
    return new Findings("the policy is not rolled back")
        .requestId(request.getRequestId())
        .text("principal", request.getPrincipal())
        .require(request.getRevision() > 0, "revision", "a revision, above 0")
        .refusal();
  }

  /** The refusal of a document that is not sound. */
  static Optional<Refusal> unsound(List<PolicyProblem> problems) {
    Violations violations = new Violations();
    problems.forEach(
        problem ->
            violations.add(
                ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
                "document" + (problem.getLine() == 0 ? "" : " line " + problem.getLine()) + (problem.getPath().isEmpty() ? "" : " " + problem.getPath()),
                problem.getDescription()));
    return violations.refusal("the policy is not applied");
  }

  /** Puts a document in force, or in the shadow. */
  static Turn apply(PolicyBook book, ApplyPolicyRequest request, PolicyDocument document, Instant now) {
    PolicyMode mode = request.getShadow() ? PolicyMode.POLICY_MODE_SHADOW : PolicyMode.POLICY_MODE_ENFORCED;
    Optional<Policy> done = book.ofRequest(request.getRequestId());
    if (done.isPresent()) {
      boolean same = done.get().getDocument().equals(request.getDocument()) && done.get().getMode() == mode && done.get().getRestores() == 0;
      return same ? new Turn.Done(done.get()) : new Turn.Refuse(reused(request.getRequestId(), done.get()));
    }
    long inForce = book.inForce().getRevision();
    if (request.getExpectedRevision() != 0 && request.getExpectedRevision() != inForce) {
      return new Turn.Refuse(
          Refusal.of(
                  ErrorCode.ERROR_CODE_POLICY_MOVED,
                  "revision %d of the policy is in force, not %d: nothing was applied".formatted(inForce, request.getExpectedRevision()))
              .with("policy_revision", inForce)
              .with("principal", book.inForce().getPrincipal()));
    }
    return new Turn.Next(
        next(book, request.getPrincipal(), now)
            .setDocument(request.getDocument())
            .setTerms(document.terms())
            .setMode(mode)
            .build());
  }

  /** Puts the document of an earlier revision in force again. */
  static Turn rollback(PolicyBook book, RollbackPolicyRequest request, Instant now) {
    Optional<Policy> done = book.ofRequest(request.getRequestId());
    if (done.isPresent()) {
      return done.get().getRestores() == request.getRevision() ? new Turn.Done(done.get()) : new Turn.Refuse(reused(request.getRequestId(), done.get()));
    }
    Optional<Policy> earlier = book.revision(request.getRevision());
    if (earlier.isEmpty()) {
      return new Turn.Refuse(notFound(request.getRevision(), book));
    }
    // What was sound for an older version may not be for this one.
    PolicyDocument document = PolicyDocument.read(earlier.get().getDocument());
    return unsound(document.problems())
        .<Turn>map(Turn.Refuse::new)
        .orElseGet(
            () ->
                new Turn.Next(
                    next(book, request.getPrincipal(), now)
                        .setDocument(earlier.get().getDocument())
                        .setTerms(document.terms())
                        .setMode(PolicyMode.POLICY_MODE_ENFORCED)
                        .setRestores(request.getRevision())
                        .build()));
  }

  /** Every invalid field at once, or nothing. */
  static Optional<Refusal> validate(DropShadowPolicyRequest request) {
    return new Findings("the shadow is not dropped").requestId(request.getRequestId()).text("principal", request.getPrincipal()).refusal();
  }

  private static Policy.Builder next(PolicyBook book, String principal, Instant now) {
    return Policy.newBuilder().setRevision(book.lastRevision() + 1).setPrincipal(principal).setAppliedAt(Times.toProto(now));
  }

  /** The refusal of a revision that is not kept. */
  static Refusal notFound(long revision, PolicyBook book) {
    return Refusal.of(
            ErrorCode.ERROR_CODE_POLICY_NOT_FOUND,
            "there is no revision %d of the policy: revision %d is in force, and the newest %d are kept".formatted(revision, book.inForce().getRevision(), PolicyBook.KEPT))
        .with("revision", revision)
        .with("policy_revision", book.inForce().getRevision());
  }

  private static Refusal reused(String requestId, Policy made) {
    return Refusal.of(
            ErrorCode.ERROR_CODE_REQUEST_ID_REUSED,
            "request %s has made revision %d of the policy: use a new request id for another change".formatted(requestId, made.getRevision()))
        .with("request_id", requestId)
        .with("revision", made.getRevision());
  }
}
