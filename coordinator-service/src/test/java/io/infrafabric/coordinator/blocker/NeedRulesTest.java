package io.infrafabric.coordinator.blocker;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.names.Capability;
import io.infrafabric.names.Ids;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class NeedRulesTest {
  @Test
  void explicitNeeds_goBeforeTheTable_andWaitingForTasksNeedsNobody() {
    RaiseBlockerRequest.Builder request = RaiseBlockerRequest.newBuilder().setType("integration");
    assertThat(NeedRules.needs(request.build())).containsExactly("code:integration", "api:design");
    assertThat(NeedRules.needs(request.clone().addWaitsForTaskIds("t").build())).isEmpty();
    assertThat(NeedRules.needs(request.addNeeds("a:b").addNeeds("a:b").addWaitsForTaskIds("t").build())).containsExactly("a:b");
  }

  @Test
  void table_hasTypesAndCapabilitiesOnly() {
    assertThat(NeedRules.TABLE.keySet()).allMatch(Ids::isId);
    assertThat(NeedRules.TABLE.values()).allSatisfy(needs -> assertThat(needs).isNotEmpty().allMatch(Capability::isCapability));
  }

  @Test
  void blockersPage_hasTheTable() throws IOException {
    Path page = Path.of("").toAbsolutePath();
    while (!Files.exists(page.resolve("mvnw"))) {
      page = page.getParent();
    }
    String rows =
        NeedRules.TABLE.entrySet().stream()
            .map(row -> "| `%s` | %s |\n".formatted(row.getKey(), row.getValue().stream().map("`%s`"::formatted).collect(Collectors.joining(", "))))
            .collect(Collectors.joining());
    assertThat(Files.readString(page.resolve("docs/reference/blockers.md"))).endsWith("|---|---|\n" + rows);
  }
}
