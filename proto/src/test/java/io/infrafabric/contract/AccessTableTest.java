package io.infrafabric.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import io.infrafabric.access.Access;
import io.infrafabric.access.AccessTable;
import io.infrafabric.access.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class AccessTableTest {
  private static final Map<String, MethodDescriptor> METHODS = methods();

  @Test
  void everyMethodOfTheContract_hasARow_andNoOther() {
    Set<String> rows = new TreeSet<>(AccessTable.rows().keySet());
    rows.removeIf(method -> method.startsWith("grpc."));

    assertThat(METHODS.keySet()).hasSizeGreaterThan(50).isEqualTo(rows);
    assertThat(AccessTable.of("infrafabric.coordinator.v1.TaskService/Nothing")).isEmpty();
  }

  @Test
  void everyRowOfTheContract_wantsAToken_andIsForSomebody() {
    METHODS.keySet().forEach(method -> assertThat(row(method)).as(method).matches(row -> !row.open() && !row.roles().isEmpty()));
  }

  @Test
  void whatARowCompares_isATextOfTheRequest() {
    METHODS.forEach(
        (name, method) -> {
          row(name).own().ifPresent(path -> assertThat(isText(method.getInputType(), path)).as(name + " " + path).isTrue());
          row(name).by().ifPresent(path -> assertThat(isText(method.getInputType(), path)).as(name + " " + path).isTrue());
        });
  }

  /** A method that names a swarm or a person and does not compare it would believe what a body says. */
  @Test
  void aSwarm_isHeldToItsOwnName_whereverARequestNamesOne() {
    METHODS.forEach(
        (name, method) -> {
          if (row(name).roles().contains(Role.SWARM) && isText(method.getInputType(), "swarm_id")) {
            assertThat(row(name).own()).as(name).contains("swarm_id");
          }
          if (isText(method.getInputType(), "principal")) {
            assertThat(row(name).by()).as(name).contains("principal");
          }
        });
  }

  /** Facts tell fences to all who may hear them: so a fence alone must open nothing (ADR 10). */
  @Test
  void aFence_comesWithTheSwarmThatHoldsIt_andThatMustBeTheCaller() {
    List<String> fenced = new ArrayList<>();
    METHODS.forEach(
        (name, method) -> {
          for (String before : List.of("", "claim.")) {
            if (hasField(method.getInputType(), before + "fence") && row(name).roles().contains(Role.SWARM)) {
              assertThat(row(name).own()).as(name).contains(before + "swarm_id");
              fenced.add(name);
            }
          }
        });
    assertThat(fenced).hasSizeGreaterThan(6);
  }

  /** Where a request names no swarm, what others have is at stake: GetTask is answered by PrivacyRules, GetObject by a digest that nobody can guess. */
  @Test
  void aSwarm_readsWhatIsNotItsOwn_throughTheseDoorsAlone() {
    List<String> doors = METHODS.keySet().stream().filter(name -> row(name).roles().contains(Role.SWARM) && row(name).own().isEmpty()).toList();
    assertThat(doors).containsExactly("infrafabric.coordinator.v1.ObjectService/GetObject", "infrafabric.coordinator.v1.TaskService/GetTask");
  }

  @Test
  void readonly_looksOnly() {
    List<String> changing = List.of("Submit", "Cancel", "Drop", "Reassign", "Requeue", "Approve", "Offer", "Claim", "Report", "Complete", "Fail", "Release", "Raise", "Resolve",
        "Map", "Open", "Keep", "Close", "Put", "Register", "Unregister", "Grant", "Create", "Place", "Transfer", "Charge", "Refund", "Trip", "Reset", "Apply", "Rollback", "Reject", "Request", "Load", "Unload",
        "Execute", "Issue", "Revoke", "Rotate");
    METHODS.forEach(
        (name, method) -> {
          boolean changes = changing.stream().anyMatch(method.getName()::startsWith) && !method.getName().equals("Report");
          changes |= method.getName().equals("WatchOffers"); // needs a session
          assertThat(row(name).roles().contains(Role.READONLY)).as(name).isEqualTo(!changes);
        });
  }

  @Test
  void anAdmin_mayWhatAnOperatorMay() {
    AccessTable.rows().forEach((name, row) -> assertThat(!row.roles().contains(Role.OPERATOR) || row.roles().contains(Role.ADMIN)).as(name).isTrue());
  }

  private static Access row(String method) {
    return AccessTable.of(method).orElseThrow(() -> new AssertionError("no row for " + method));
  }

  private static boolean isText(Descriptor message, String path) {
    return field(message, path).filter(field -> field.getJavaType() == FieldDescriptor.JavaType.STRING && !field.isRepeated()).isPresent();
  }

  private static boolean hasField(Descriptor message, String path) {
    return field(message, path).isPresent();
  }

  private static Optional<FieldDescriptor> field(Descriptor message, String path) {
    Descriptor at = message;
    FieldDescriptor field = null;
    for (String part : path.split("\\.")) {
      field = at == null ? null : at.findFieldByName(part);
      at = Optional.ofNullable(field).filter(found -> found.getJavaType() == FieldDescriptor.JavaType.MESSAGE).map(FieldDescriptor::getMessageType).orElse(null);
    }
    return Optional.ofNullable(field);
  }

  private static Map<String, MethodDescriptor> methods() {
    Map<String, MethodDescriptor> methods = new TreeMap<>();
    ContractLintTest.files().forEach(file -> file.getServices().forEach(service -> service.getMethods().forEach(
        method -> methods.put(service.getFullName() + "/" + method.getName(), method))));
    return methods;
  }
}
