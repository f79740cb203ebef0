package io.infrafabric.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.infrafabric.access.AccessTable;
import io.infrafabric.access.Role;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.PlanServiceGrpc;
import io.infrafabric.coordinator.v1.SessionServiceGrpc;
import io.infrafabric.coordinator.v1.TaskServiceGrpc;
import io.infrafabric.kit.grpc.Importance;
import java.util.List;
import org.junit.jupiter.api.Test;

class CallImportanceTest {
  private static final List<ServiceDescriptor> SERVICES =
      List.of(
          TaskServiceGrpc.getServiceDescriptor(),
          ClaimServiceGrpc.getServiceDescriptor(),
          SessionServiceGrpc.getServiceDescriptor(),
          PlanServiceGrpc.getServiceDescriptor());

  @Test
  void everyUnaryMethod_hasItsImportance() {
    assertThat(SERVICES.stream().flatMap(service -> service.getMethods().stream()))
        .filteredOn(method -> method.getType() == MethodDescriptor.MethodType.UNARY)
        .allSatisfy(method -> assertThat(CallImportance.isKnown(method.getFullMethodName())).as(method.getFullMethodName()).isTrue());
  }

  /** What is refused last when there are too many calls is not refused either because a swarm has asked too much. */
  @Test
  void whatIsVitalToASwarm_isCountedApart() {
    AccessTable.rows().forEach(
        (method, access) -> {
          if (method.startsWith("infrafabric.coordinator.") && access.roles().contains(Role.SWARM) && CallImportance.of(method) == Importance.VITAL) {
            assertThat(access.urgent()).as(method).isTrue();
          }
        });
  }

  @Test
  void whatIsUnderWay_goesBeforeWhatIsNew() {
    assertThat(CallImportance.of("infrafabric.coordinator.v1.ClaimService/CompleteTask")).isEqualTo(Importance.VITAL);
    assertThat(CallImportance.of("infrafabric.coordinator.v1.SessionService/KeepAlive")).isEqualTo(Importance.VITAL);
    assertThat(CallImportance.of("infrafabric.coordinator.v1.ClaimService/ClaimNext")).isEqualTo(Importance.HIGH);
    assertThat(CallImportance.of("infrafabric.coordinator.v1.TaskService/GetTask")).isEqualTo(Importance.NORMAL);
    assertThat(CallImportance.of("infrafabric.coordinator.v1.TaskService/SubmitTask")).isEqualTo(Importance.LOW);
    assertThat(CallImportance.of("grpc.health.v1.Health/Check")).isEqualTo(Importance.VITAL);
  }
}
