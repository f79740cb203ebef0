package io.infrafabric.coordinator;

import io.infrafabric.kit.grpc.Importance;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What matters most to the coordinator when there are too many calls: to keep and end what is under way, then to hand work out, then to
 * tell, and to take new work last.
 */
final class CallImportance {
  private static final Map<String, Importance> BY_METHOD = new HashMap<>();

  static {
    put(Importance.VITAL, "CompleteTask", "FailTask", "ReleaseTask", "ReportProgress", "KeepAlive", "CloseSession", "CancelTask", "CancelPlan", "ResolveBlocker");
    put(Importance.HIGH, "ClaimTask", "ClaimNext", "OpenSession", "RaiseBlocker", "ApproveTask", "OfferTask", "RequeueTask", "ReassignTask", "GetStatus", "ListQuarantined", "DropQuarantined");
    put(Importance.NORMAL, "GetTask", "ListTasks", "ExplainTask", "ListSessions", "GetSession", "GetBlocker", "ListBlockers", "ListClaims", "GetPlan", "ListPlans", "ReducePlan");
    put(Importance.LOW, "SubmitTask", "SubmitTasks", "SubmitPlan", "MapTasks");
  }

  private CallImportance() {}

  private static void put(Importance importance, String... methods) {
    List.of(methods).forEach(method -> BY_METHOD.put(method, importance));
  }

  /**
   * Of a method, by its full name.
   *
   * @param method such as {@code infrafabric.coordinator.v1.TaskService/GetTask}; health and reflection are gRPC's own
   */
  static Importance of(String method) {
    if (method.startsWith("grpc.")) {
      return Importance.VITAL;
    }
    return BY_METHOD.getOrDefault(method.substring(method.lastIndexOf('/') + 1), Importance.NORMAL);
  }

  /** True when it was thought about. */
  static boolean isKnown(String method) {
    return BY_METHOD.containsKey(method.substring(method.lastIndexOf('/') + 1));
  }
}
