package io.infrafabric.access;

import static io.infrafabric.access.Role.ADMIN;
import static io.infrafabric.access.Role.OPERATOR;
import static io.infrafabric.access.Role.READONLY;
import static io.infrafabric.access.Role.SERVICE;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The rows, by full name of the method. docs/reference/access.md is made of them. */
public final class AccessTable {
  private static final Access LOOK = Access.of(READONLY, OPERATOR, ADMIN, SERVICE);
  private static final Access OPERATE = Access.of(OPERATOR, ADMIN);
  private static final Access ADMINISTER = Access.of(ADMIN);
  private static final Access AS_SWARM = Access.of(SERVICE).orSwarm("swarm_id");

  private static final Map<String, Access> ROWS = new TreeMap<>();

  static {
    rows("infrafabric.coordinator.v1.TaskService/", OPERATE, "SubmitTask", "SubmitTasks", "OfferTask");
    rows("infrafabric.coordinator.v1.TaskService/", OPERATE.by("principal"), "ReassignTask");
    // The governor carries out what a named person has decided about an escalation.
    rows("infrafabric.coordinator.v1.TaskService/", Access.of(SERVICE, OPERATOR, ADMIN), "CancelTask");
    rows("infrafabric.coordinator.v1.TaskService/", Access.of(SERVICE, OPERATOR, ADMIN).by("principal"), "RequeueTask");
    // A swarm signs off what names it; nothing else (ApprovalRules).
    rows("infrafabric.coordinator.v1.TaskService/", Access.of(SERVICE, OPERATOR, ADMIN).orSwarm("swarm_id").by("principal"), "ApproveTask");
    // A swarm reads what the tasks before its own have found; of what is none of its business it is told little (PrivacyRules).
    rows("infrafabric.coordinator.v1.TaskService/", LOOK.orAnySwarm(), "GetTask");
    rows("infrafabric.coordinator.v1.TaskService/", LOOK, "ListTasks", "WatchTasks", "ExplainTask");
    rows("infrafabric.coordinator.v1.ClaimService/", AS_SWARM, "ClaimTask", "ClaimNext", "WatchOffers");
    rows("infrafabric.coordinator.v1.ClaimService/", AS_SWARM.asUrgent(), "ReportProgress", "CompleteTask", "FailTask", "ReleaseTask", "RaiseBlocker");
    rows(
        "infrafabric.coordinator.v1.ClaimService/",
        Access.of(SERVICE, OPERATOR, ADMIN).orSwarm("swarm_id").by("principal").asUrgent(),
        "ResolveBlocker");
    rows("infrafabric.coordinator.v1.ClaimService/", LOOK.orSwarm("swarm_id"), "ListClaims", "GetBlocker", "ListBlockers");
    rows("infrafabric.coordinator.v1.PlanService/", OPERATE, "SubmitPlan", "MapTasks", "CancelPlan");
    rows("infrafabric.coordinator.v1.PlanService/", LOOK, "GetPlan", "ListPlans", "WatchPlan", "ReducePlan");
    rows("infrafabric.coordinator.v1.SessionService/", AS_SWARM, "OpenSession");
    rows("infrafabric.coordinator.v1.SessionService/", AS_SWARM.asUrgent(), "KeepAlive", "CloseSession");
    rows("infrafabric.coordinator.v1.SessionService/", LOOK, "ListSessions");
    rows("infrafabric.coordinator.v1.SessionService/", LOOK.orSwarm("swarm_id"), "GetSession");
    rows("infrafabric.coordinator.v1.ObjectService/", Access.of(SERVICE, OPERATOR, ADMIN).orSwarm("claim.swarm_id"), "PutObject");
    // Who knows a digest has been told of it.
    rows("infrafabric.coordinator.v1.ObjectService/", LOOK.orAnySwarm(), "GetObject");
    rows("infrafabric.coordinator.v1.StatusService/", LOOK, "GetStatus", "ListQuarantined");
    rows("infrafabric.coordinator.v1.StatusService/", ADMINISTER, "DropQuarantined");

    rows("infrafabric.governor.v1.RegistryService/", Access.of(OPERATOR, ADMIN, SERVICE), "RegisterSwarm");
    rows("infrafabric.governor.v1.RegistryService/", OPERATE.by("principal"), "UnregisterSwarm");
    rows("infrafabric.governor.v1.RegistryService/", LOOK.orSwarm("swarm_id"), "GetSwarm", "ListManifests");
    rows("infrafabric.governor.v1.RegistryService/", LOOK, "ListSwarms");
    rows("infrafabric.governor.v1.MatchService/", LOOK, "RankSwarms", "ExplainMatch");
    rows("infrafabric.governor.v1.AccountService/", ADMINISTER, "Grant");
    // A swarm reads what it divides, and no account above its own or beside it.
    rows("infrafabric.governor.v1.AccountService/", LOOK.orSwarm("swarm_id"), "GetAccount", "GetForecast");
    // A swarm divides what is its own: the account that it names must stand beneath its own (budget.TreeRules).
    rows("infrafabric.governor.v1.AccountService/", Access.of(SERVICE, ADMIN).orSwarm("swarm_id"), "CreateAccount", "Transfer", "CloseAccount", "Charge");
    rows("infrafabric.governor.v1.AccountService/", ADMINISTER, "PlaceAccount");
    rows("infrafabric.governor.v1.AccountService/", Access.of(SERVICE, ADMIN), "Refund");
    rows("infrafabric.governor.v1.AccountService/", LOOK, "Report", "ListAccounts", "ListTokenPrices");
    rows("infrafabric.governor.v1.BreakerService/", OPERATE.by("principal"), "Trip");
    rows("infrafabric.governor.v1.BreakerService/", ADMINISTER.by("principal"), "Reset");
    rows("infrafabric.governor.v1.BreakerService/", LOOK, "ListBreakers", "WatchBreakers");
    rows("infrafabric.governor.v1.BreakerService/", LOOK.orSwarm("swarm_id"), "GetBreaker");
    rows("infrafabric.governor.v1.PolicyService/", LOOK, "GetPolicy", "ListPolicies", "ListPolicyPresets", "GetShadowPolicy", "ListViolations", "ValidatePolicy", "SimulatePolicy");
    rows("infrafabric.governor.v1.PolicyService/", ADMINISTER.by("principal"), "ApplyPolicy", "RollbackPolicy", "DropShadowPolicy");
    rows("infrafabric.governor.v1.EscalationService/", LOOK, "ListEscalations", "GetEscalation", "WatchEscalations");
    rows("infrafabric.governor.v1.EscalationService/", Access.of(SERVICE, OPERATOR, ADMIN).orSwarm("swarm_id"), "RequestBudget");
    rows("infrafabric.governor.v1.EscalationService/", OPERATE.by("principal"), "ApproveEscalation", "RejectEscalation");

    rows("infrafabric.governor.v1.WitnessService/", LOOK, "Query", "Trace", "GetCheckpoint", "ProveInclusion", "ProveConsistency", "Export");

    rows("infrafabric.chassis.v1.ContractService/", OPERATE, "LoadSwarm", "UnloadSwarm");
    rows("infrafabric.chassis.v1.ContractService/", LOOK, "ListContracts");
    rows("infrafabric.chassis.v1.SandboxService/", OPERATE, "Execute");
    rows("infrafabric.chassis.v1.CredentialService/", ADMINISTER, "IssueCredential", "RevokeCredential", "RotateCredential");
    rows("infrafabric.chassis.v1.CredentialService/", LOOK, "ListCredentials");
    rows("infrafabric.chassis.v1.SloService/", LOOK.orSwarm("swarm_id"), "GetSlo", "GetReputation");
    rows("infrafabric.chassis.v1.SloService/", LOOK, "ListTop");

    rows("grpc.health.v1.Health/", Access.anybody(), "Check", "Watch", "List");
    // Served only where a setting says so.
    rows("grpc.reflection.v1.ServerReflection/", Access.anybody(), "ServerReflectionInfo");
  }

  private AccessTable() {}

  /** Who may look at what changes nothing. */
  public static Access look() {
    return LOOK;
  }

  /** The row of a method such as {@code infrafabric.coordinator.v1.ClaimService/ClaimTask}; empty when there is none. */
  public static Optional<Access> of(String fullMethodName) {
    return Optional.ofNullable(ROWS.get(fullMethodName));
  }

  /** All rows by method, in alphabetical order. */
  public static Map<String, Access> rows() {
    return Collections.unmodifiableMap(ROWS);
  }

  private static void rows(String service, Access access, String... methods) {
    for (String method : methods) {
      if (ROWS.put(service + method, access) != null) {
        throw new IllegalStateException("two rows for " + service + method);
      }
    }
  }
}
