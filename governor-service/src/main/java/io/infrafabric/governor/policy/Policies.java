package io.infrafabric.governor.policy;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.ApplyPolicyRequest;
import io.infrafabric.governor.v1.ApplyPolicyResponse;
import io.infrafabric.governor.v1.DropShadowPolicyRequest;
import io.infrafabric.governor.v1.DropShadowPolicyResponse;
import io.infrafabric.governor.v1.GetPolicyRequest;
import io.infrafabric.governor.v1.GetPolicyResponse;
import io.infrafabric.governor.v1.GetShadowPolicyResponse;
import io.infrafabric.governor.v1.ListPoliciesRequest;
import io.infrafabric.governor.v1.ListPoliciesResponse;
import io.infrafabric.governor.v1.ListPolicyPresetsResponse;
import io.infrafabric.governor.v1.ListViolationsRequest;
import io.infrafabric.governor.v1.ListViolationsResponse;
import io.infrafabric.governor.v1.Policy;
import io.infrafabric.governor.v1.PolicyComparison;
import io.infrafabric.governor.v1.PolicyPreset;
import io.infrafabric.governor.v1.PolicyRecord;
import io.infrafabric.governor.v1.RollbackPolicyRequest;
import io.infrafabric.governor.v1.RollbackPolicyResponse;
import io.infrafabric.governor.v1.SimulatePolicyRequest;
import io.infrafabric.governor.v1.SimulatePolicyResponse;
import io.infrafabric.governor.v1.ValidatePolicyRequest;
import io.infrafabric.governor.v1.ValidatePolicyResponse;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.Keys;
import io.infrafabric.names.Limits;
import io.infrafabric.policy.ActivePolicy;
import io.infrafabric.policy.PolicyDocument;
import io.infrafabric.policy.Preset;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Tells and changes the policy. Failures are {@link io.infrafabric.error.RefusedException}s. */
public final class Policies {
  private final ReplicaPolicies policies;
  private final Simulations simulations;
  private final ViolationLog violations;
  private final InstantSource clock;
  private final Executor slow;

  /**
   * @param bus where decisions and violations were written down
   * @param slow for reading them
   */
  public Policies(Replica replica, Keys keys, Bus bus, InstantSource clock, Executor slow) {
    this.policies = new ReplicaPolicies(replica, keys);
    this.simulations = new Simulations(bus);
    this.violations = new ViolationLog(bus);
    this.clock = clock;
    this.slow = slow;
  }

  /** One revision, or the one in force, with the shadow. */
  public CompletableFuture<GetPolicyResponse> get(GetPolicyRequest request) {
    return policies
        .look()
        .thenApply(
            book -> {
              Policy policy =
                  request.getRevision() == 0
                      ? book.inForce()
                      : book.revision(request.getRevision()).orElseThrow(() -> ChangeRules.notFound(request.getRevision(), book).asException());
              GetPolicyResponse.Builder response = GetPolicyResponse.newBuilder().setPolicy(policy);
              book.shadow().map(PolicyRecord::getPolicy).ifPresent(response::setShadow);
              return response.build();
            });
  }

  /** The revisions that are kept, newest first. */
  public CompletableFuture<ListPoliciesResponse> list(ListPoliciesRequest request) {
    Optional<Long> before = request.getPageToken().isEmpty() ? Optional.of(Long.MAX_VALUE) : revision(request.getPageToken());
    if (before.isEmpty()) {
      return CompletableFuture.failedFuture(
          Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "page_token is not one that this method answered: begin without one")
              .withField("page_token", "the next_page_token of the page before, or nothing")
              .asException());
    }
    int size = request.getPageSize() == 0 ? Limits.PAGE_SIZE_DEFAULT : (int) Math.min(Integer.toUnsignedLong(request.getPageSize()), Limits.PAGE_SIZE);
    return policies.look().thenApply(book -> page(book, before.get(), size));
  }

  private static ListPoliciesResponse page(PolicyBook book, long before, int size) {
    List<Policy> all = new ArrayList<>(book.kept().stream().map(PolicyRecord::getPolicy).toList());
    if (all.isEmpty() || all.getLast().getRevision() == ActivePolicy.FIRST_REVISION + 1) {
      all.add(PolicyBook.first());
    }
    List<Policy> rest = all.stream().filter(policy -> policy.getRevision() < before).toList();
    ListPoliciesResponse.Builder page = ListPoliciesResponse.newBuilder();
    // Documents may be large, and one at a time is read.
    rest.stream().limit(size).forEach(policy -> page.addPolicies(policy.toBuilder().clearDocument()));
    if (rest.size() > size) {
      page.setNextPageToken(String.valueOf(rest.get(size - 1).getRevision()));
    }
    return page.build();
  }

  private static Optional<Long> revision(String text) {
    return text.matches("[0-9]{1,18}") ? Optional.of(Long.parseLong(text)) : Optional.empty();
  }

  /** The presets. */
  public CompletableFuture<ListPolicyPresetsResponse> presets() {
    ListPolicyPresetsResponse.Builder response = ListPolicyPresetsResponse.newBuilder();
    for (Preset preset : Preset.values()) {
      response.addPresets(PolicyPreset.newBuilder().setName(preset.word()).setDocument(preset.document()).setTerms(preset.terms()));
    }
    return CompletableFuture.completedFuture(response.build());
  }

  /** Everything that is wrong with a document. */
  public CompletableFuture<ValidatePolicyResponse> validate(ValidatePolicyRequest request) {
    PolicyDocument document = PolicyDocument.read(request.getDocument());
    return CompletableFuture.completedFuture(ValidatePolicyResponse.newBuilder().addAllProblems(document.problems()).build());
  }

  /** Puts a document in force as the next revision, or in the shadow. */
  public CompletableFuture<ApplyPolicyResponse> apply(ApplyPolicyRequest request) {
    PolicyDocument document = PolicyDocument.read(request.getDocument());
    Optional<Refusal> refusal = ChangeRules.validate(request).or(() -> ChangeRules.unsound(document.problems()));
    if (refusal.isPresent()) {
      return CompletableFuture.failedFuture(refusal.get().asException());
    }
    return policies
        .change(request.getRequestId(), book -> ChangeRules.apply(book, request, document, clock.instant()))
        .thenApply(policy -> ApplyPolicyResponse.newBuilder().setPolicy(policy).build());
  }

  /** Makes recorded decisions again. */
  public CompletableFuture<SimulatePolicyResponse> simulate(SimulatePolicyRequest request) {
    Optional<Refusal> refusal = Simulations.validate(request);
    if (refusal.isPresent()) {
      return CompletableFuture.failedFuture(refusal.get().asException());
    }
    return policies.look().thenApplyAsync(book -> response(simulations.simulate(request, book)), slow);
  }

  private static SimulatePolicyResponse response(PolicyComparison comparison) {
    return SimulatePolicyResponse.newBuilder()
        .setDecisions(comparison.getDecisions())
        .setChanged(comparison.getChanged())
        .setSpentMicros(comparison.getSpentMicros())
        .setWouldHaveSpentMicros(comparison.getWouldHaveSpentMicros())
        .addAllExamples(comparison.getExamplesList())
        .setComparison(comparison)
        .build();
  }

  /** The shadow and what it would have decided otherwise. */
  public CompletableFuture<GetShadowPolicyResponse> shadow() {
    return policies
        .look()
        .thenApplyAsync(
            book ->
                book.shadow()
                    .map(PolicyRecord::getPolicy)
                    .map(policy -> GetShadowPolicyResponse.newBuilder().setPolicy(policy).setComparison(simulations.shadow(policy)).build())
                    .orElseGet(GetShadowPolicyResponse::getDefaultInstance),
            slow);
  }

  /** Ends the comparison. */
  public CompletableFuture<DropShadowPolicyResponse> dropShadow(DropShadowPolicyRequest request) {
    Optional<Refusal> refusal = ChangeRules.validate(request);
    if (refusal.isPresent()) {
      return CompletableFuture.failedFuture(refusal.get().asException());
    }
    return policies
        .change(
            request.getRequestId(),
            book ->
                book.shadow()
                    .map(PolicyRecord::getPolicy)
                    .<Turn>map(Turn.NoShadow::new)
                    .orElseGet(() -> new Turn.Done(Policy.getDefaultInstance())))
        .thenApply(
            dropped -> {
              DropShadowPolicyResponse.Builder response = DropShadowPolicyResponse.newBuilder();
              return dropped.getRevision() == 0 ? response.build() : response.setPolicy(dropped).build();
            });
  }

  /** What went against the policy, newest first. */
  public CompletableFuture<ListViolationsResponse> violations(ListViolationsRequest request) {
    return CompletableFuture.supplyAsync(() -> violations.list(request), slow);
  }

  /** Puts the document of an earlier revision in force as the next one. */
  public CompletableFuture<RollbackPolicyResponse> rollback(RollbackPolicyRequest request) {
    Optional<Refusal> refusal = ChangeRules.validate(request);
    if (refusal.isPresent()) {
      return CompletableFuture.failedFuture(refusal.get().asException());
    }
    return policies
        .change(request.getRequestId(), book -> ChangeRules.rollback(book, request, clock.instant()))
        .thenApply(policy -> RollbackPolicyResponse.newBuilder().setPolicy(policy).build());
  }
}
