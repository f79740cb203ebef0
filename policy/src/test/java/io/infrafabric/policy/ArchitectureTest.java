package io.infrafabric.policy;

import io.infrafabric.testkit.Architecture;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  @Test
  void module_followsTheRules() {
    Architecture.check("io.infrafabric.policy");
  }
}
