package io.infrafabric.bench;

import io.infrafabric.testkit.Architecture;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  @Test
  void module_followsTheRulesOfClients() {
    Architecture.checkClient("io.infrafabric.bench");
  }
}
