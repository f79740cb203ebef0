package io.infrafabric.coordinator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.v1.Domain;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import java.util.List;
import org.junit.jupiter.api.Test;

class DomainRulesTest {
  private static Domain domain(String name, String... owners) {
    return Domain.newBuilder().setName(name).addAllOwnerSwarmIds(List.of(owners)).build();
  }

  private static TaskSpec.Builder task(String id, String... capabilities) {
    return TaskSpec.newBuilder().setTaskId(id).addAllRequiredCapabilities(List.of(capabilities));
  }

  private static Plan.Builder plan(Phase.Builder... phases) {
    Plan.Builder plan = Plan.newBuilder().setPlanId("p");
    List.of(phases).forEach(plan::addPhases);
    return plan;
  }

  private static Phase.Builder phase(String name, TaskSpec.Builder... tasks) {
    Phase.Builder phase = Phase.newBuilder().setName(name);
    List.of(tasks).forEach(phase::addTasks);
    return phase;
  }

  private static String wrong(Plan.Builder plan) {
    return PlanRules.check(plan.build()).map(Refusal::message).orElse("");
  }

  private static List<String> owners(Plan.Builder plan) {
    assertThat(wrong(plan)).isEmpty();
    return PlanRules.complete(plan.build(), "r").getPhases(0).getTasks(0).getOwnerSwarmIdsList();
  }

  @Test
  void task_belongsToItsOwners_thoseOfItsPhase_orThoseOfItsDomain() {
    assertThat(owners(plan(phase("a", task("t1").addOwnerSwarmIds("s2").addOwnerSwarmIds("s1"))))).containsExactly("s1", "s2");
    assertThat(owners(plan(phase("a", task("t1")).addOwnerSwarmIds("s1")))).containsExactly("s1");
    Plan.Builder domains = plan(phase("a", task("t1", "net:proxy:write"))).addDomains(domain("net", "s4")).addDomains(domain("docs", "s1"));
    assertThat(owners(domains)).containsExactly("s4");
    assertThat(owners(plan(phase("a", task("t1", "net:write"))).addDomains(domain("net", "s4")))).as("net is a category here").isEmpty();
    assertThat(owners(domains.clone().setPhases(0, phase("a", task("t1", "net:proxy:write").addOwnerSwarmIds("s4"))))).as("said twice").containsExactly("s4");
  }

  @Test
  void taskWithTwoKindsOfOwners_isRefused() {
    assertThat(wrong(plan(phase("a", task("t1").addOwnerSwarmIds("s2")).addOwnerSwarmIds("s1"))))
        .contains("plan.phases[0].tasks[0].owner_swarm_ids: it would have two kinds of owners: its own (s2) and those of phase a (s1)");
    assertThat(wrong(plan(phase("a", task("t1", "net:proxy:write", "docs:page:write"))).addDomains(domain("net", "s4")).addDomains(domain("docs", "s1"))))
        .contains("those of domain net (s4) and those of domain docs (s1)");
  }

  @Test
  void domainWithTwoOwners_orNone_orANameThatIsNoToken_isRefused() {
    Plan.Builder plan = plan(phase("a", task("t1")));
    assertThat(wrong(plan.clone().addDomains(domain("net", "s4")).addDomains(domain("net", "s1")))).contains("domain net has owners already, at plan.domains[0]");
    assertThat(wrong(plan.clone().addDomains(domain("net")))).contains("at least one owner");
    assertThat(wrong(plan.clone().addDomains(domain("net:proxy", "s4")))).contains("plan.domains[0].name");
    assertThat(wrong(plan.clone().addPhases(Phase.newBuilder().setName("b").setMapped(true).addOwnerSwarmIds("s1")))).contains("MapTasks says it for a mapped phase");
  }

  @Test
  void ownersThatAreRepeated_countOnce_alsoForWhatIsTheSamePlan() {
    Plan once = PlanRules.complete(plan(phase("a", task("t1", "net:proxy:write"))).addDomains(domain("net", "s4", "s1")).build(), "r");
    Plan repeated = PlanRules.complete(plan(phase("a", task("t1", "net:proxy:write"))).addDomains(domain("net", "s4", "s1", "s4")).build(), "r");
    assertThat(repeated.getDomains(0).getOwnerSwarmIdsList()).containsExactly("s4", "s1");
    assertThat(PlanRules.digest(repeated)).isEqualTo(PlanRules.digest(once));
  }

  @Test
  void mapping_namesTheOwnersOfTheDomainItself() {
    PlanRecord plan = PlanRecord.newBuilder().addDomains(domain("net", "s4")).build();
    assertThat(DomainRules.ofOthers(plan, task("x", "net:proxy:write").build()).map(Refusal::message).orElse(""))
        .isEqualTo("template.owner_swarm_ids: the children would belong to those of domain net (s4)");
    assertThat(DomainRules.ofOthers(plan, task("x", "net:proxy:write").addOwnerSwarmIds("s4").build())).isEmpty();
    assertThat(DomainRules.ofOthers(plan, task("x", "net:proxy:write").addOwnerSwarmIds("s1").build())).isPresent();
    assertThat(DomainRules.ofOthers(plan, task("x", "docs:page:write").build())).isEmpty();
  }
}
