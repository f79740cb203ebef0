package io.infrafabric.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  @Test
  void kitLocalAndTestkit_keepTheRules() {
    Architecture.check("io.infrafabric.kit");
    Architecture.check("io.infrafabric.local"); // which testkit needs, so that it cannot have a test of its own
    Architecture.check("io.infrafabric.testkit");
  }

  @Test
  void rules_findWhatBreaksThem() {
    JavaClasses bad = new ClassFileImporter().importClasses(BadRules.class);

    assertThat(Architecture.technologyStaysInAdapters().evaluate(bad).hasViolation()).isFalse(); // all of testkit may
    assertThat(Architecture.rulesArePure().evaluate(bad).hasViolation()).isTrue();
    assertThat(Architecture.nothingSleeps().evaluate(bad).hasViolation()).isTrue();
    assertThat(Architecture.noVagueNames().evaluate(new ClassFileImporter().importClasses(BadHelper.class)).hasViolation()).isTrue();
  }
}

/** Breaks rules on purpose. */
final class BadRules {
  private BadRules() {}

  static io.grpc.Status decide() throws InterruptedException {
    Thread.sleep(System.currentTimeMillis() - System.nanoTime());
    return io.grpc.Status.OK;
  }
}

/** Is named badly on purpose. */
final class BadHelper {}
