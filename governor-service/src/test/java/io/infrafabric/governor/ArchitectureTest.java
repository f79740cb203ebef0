package io.infrafabric.governor;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.infrafabric.testkit.Architecture;
import org.junit.jupiter.api.Test;

/** The rules of every module; here the pure ones also name what they may know, and features have no cycles. */
class ArchitectureTest {
  private static final JavaClasses GOVERNOR =
      new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("io.infrafabric.governor");

  @Test
  void module_followsTheRules() {
    Architecture.check("io.infrafabric.governor");
  }

  @Test
  void rules_knowNeitherStoresNorWires() {
    classes()
        .that()
        .haveSimpleNameEndingWith("Rules")
        .and()
        .resideInAPackage("io.infrafabric.governor..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..",
            "com.google.common.collect..",
            "com.google.protobuf..",
            "io.infrafabric.common.v1..",
            "io.infrafabric.coordinator.v1..",
            "io.infrafabric.chassis.v1..",
            "io.infrafabric.governor..",
            "io.infrafabric.names..",
            "io.infrafabric.manifest..",
            "io.infrafabric.access..",
            "io.infrafabric.approval..",
            "io.infrafabric.error..",
            "io.infrafabric.policy..",
            "io.infrafabric.kit.time..",
            "io.infrafabric.kit.merkle..")
        .check(GOVERNOR);
  }

  @Test
  void features_haveNoCycles() {
    slices().matching("io.infrafabric.governor.(*)..").should().beFreeOfCycles().check(GOVERNOR);
  }
}
