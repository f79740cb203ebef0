package io.infrafabric.governor.policy;

import io.grpc.stub.StreamObserver;
import io.infrafabric.governor.v1.ApplyPolicyRequest;
import io.infrafabric.governor.v1.ApplyPolicyResponse;
import io.infrafabric.governor.v1.DropShadowPolicyRequest;
import io.infrafabric.governor.v1.DropShadowPolicyResponse;
import io.infrafabric.governor.v1.GetPolicyRequest;
import io.infrafabric.governor.v1.GetPolicyResponse;
import io.infrafabric.governor.v1.GetShadowPolicyRequest;
import io.infrafabric.governor.v1.GetShadowPolicyResponse;
import io.infrafabric.governor.v1.ListPoliciesRequest;
import io.infrafabric.governor.v1.ListPoliciesResponse;
import io.infrafabric.governor.v1.ListPolicyPresetsRequest;
import io.infrafabric.governor.v1.ListPolicyPresetsResponse;
import io.infrafabric.governor.v1.ListViolationsRequest;
import io.infrafabric.governor.v1.ListViolationsResponse;
import io.infrafabric.governor.v1.PolicyServiceGrpc;
import io.infrafabric.governor.v1.RollbackPolicyRequest;
import io.infrafabric.governor.v1.RollbackPolicyResponse;
import io.infrafabric.governor.v1.SimulatePolicyRequest;
import io.infrafabric.governor.v1.SimulatePolicyResponse;
import io.infrafabric.governor.v1.ValidatePolicyRequest;
import io.infrafabric.governor.v1.ValidatePolicyResponse;
import io.infrafabric.kit.grpc.Replies;

/** PolicyService on gRPC. */
public final class GrpcPolicies extends PolicyServiceGrpc.PolicyServiceImplBase {
  private final Policies policies;

  public GrpcPolicies(Policies policies) {
    this.policies = policies;
  }

  @Override
  public void getPolicy(GetPolicyRequest request, StreamObserver<GetPolicyResponse> observer) {
    Replies.reply(observer, policies.get(request));
  }

  @Override
  public void listPolicies(ListPoliciesRequest request, StreamObserver<ListPoliciesResponse> observer) {
    Replies.reply(observer, policies.list(request));
  }

  @Override
  public void listPolicyPresets(ListPolicyPresetsRequest request, StreamObserver<ListPolicyPresetsResponse> observer) {
    Replies.reply(observer, policies.presets());
  }

  @Override
  public void validatePolicy(ValidatePolicyRequest request, StreamObserver<ValidatePolicyResponse> observer) {
    Replies.reply(observer, policies.validate(request));
  }

  @Override
  public void applyPolicy(ApplyPolicyRequest request, StreamObserver<ApplyPolicyResponse> observer) {
    Replies.reply(observer, policies.apply(request));
  }

  @Override
  public void rollbackPolicy(RollbackPolicyRequest request, StreamObserver<RollbackPolicyResponse> observer) {
    Replies.reply(observer, policies.rollback(request));
  }

  @Override
  public void simulatePolicy(SimulatePolicyRequest request, StreamObserver<SimulatePolicyResponse> observer) {
    Replies.reply(observer, policies.simulate(request));
  }

  @Override
  public void getShadowPolicy(GetShadowPolicyRequest request, StreamObserver<GetShadowPolicyResponse> observer) {
    Replies.reply(observer, policies.shadow());
  }

  @Override
  public void dropShadowPolicy(DropShadowPolicyRequest request, StreamObserver<DropShadowPolicyResponse> observer) {
    Replies.reply(observer, policies.dropShadow(request));
  }

  @Override
  public void listViolations(ListViolationsRequest request, StreamObserver<ListViolationsResponse> observer) {
    Replies.reply(observer, policies.violations(request));
  }
}
