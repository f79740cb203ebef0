package io.infrafabric.testkit;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.be;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The rules of the architecture that a compiler does not know. A module's test calls {@link #check} with its root package,
 * for instance {@code Architecture.check("io.infrafabric.coordinator")}.
 */
public final class Architecture {
  private static final Pattern ADAPTER = Pattern.compile("(Etcd|Nats|Grpc|Otlp|Otel)[A-Z]?\\w*");
  // The governor without its process, so that tests can build it too.
  private static final Set<String> BUILDERS = Set.of("Main", "Governor");
  private static final Pattern VAGUE_NAME = Pattern.compile("\\w*(Manager|Helper|Utils?|Impl)|(Abstract|Base)[A-Z]\\w*");
  private static final String[] TECHNOLOGY = {"io.etcd..", "io.nats..", "io.grpc..", "io.opentelemetry.."};
  private static final String[] ADAPTER_PACKAGES = {
    "io.infrafabric.kit.etcd..",
    "io.infrafabric.kit.nats..",
    "io.infrafabric.kit.grpc..",
    "io.infrafabric.kit.telemetry..",
    // The trace context follows the work into threads.
    "io.infrafabric.kit.lifecycle..",
    "io.infrafabric.testkit.."
  };
  private static final String[] GENERATED = {
    "io.infrafabric.common.v1..",
    "io.infrafabric.coordinator.v1..",
    "io.infrafabric.governor.v1..",
    "io.infrafabric.chassis.v1.."
  };

  private Architecture() {}

  /** Fails when a production class of the package or below breaks a rule. */
  public static void check(String rootPackage) {
    check(rootPackage, rules());
  }

  /** As {@link #check}, for clients, whose every class may know a technology. */
  public static void checkClient(String rootPackage) {
    check(rootPackage, List.of(rulesArePure(), threadsAreMadeInOnePlace(), noVagueNames(), nothingSleeps()));
  }

  private static void check(String rootPackage, List<ArchRule> rules) {
    // Names are enough: reading the classes of every library takes half a minute.
    ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
    JavaClasses classes =
        new ClassFileImporter().withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages(rootPackage);
    rules.forEach(rule -> rule.check(classes));
  }

  /** The rules. */
  public static List<ArchRule> rules() {
    return List.of(technologyStaysInAdapters(), rulesArePure(), threadsAreMadeInOnePlace(), noVagueNames(), nothingSleeps());
  }

  /** Only adapters, and the class that builds them, know a technology. */
  static ArchRule technologyStaysInAdapters() {
    return noClasses()
        .that(areNeither("adapters nor their builder", type -> ADAPTER.matcher(type).matches() || BUILDERS.contains(type)))
        .and()
        .resideOutsideOfPackages(ADAPTER_PACKAGES)
        .and()
        .resideOutsideOfPackages(GENERATED)
        .should()
        .dependOnClassesThat(resideInAnyPackage(TECHNOLOGY))
        .because("only adapters, named after their technology, import it")
        .allowEmptyShould(true);
  }

  /** A pure decision knows no technology at all, and no clock. */
  static ArchRule rulesArePure() {
    return noClasses()
        .that(areNamed("a Rules class", type -> type.endsWith("Rules")))
        .should()
        .dependOnClassesThat(resideInAnyPackage(TECHNOLOGY))
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(Instant.class, "now")
        .because("rules are pure: what they need to know is given to them")
        .allowEmptyShould(true);
  }

  /** Executors come from kit.lifecycle.Threads; the kit's own loops below it make theirs. */
  static ArchRule threadsAreMadeInOnePlace() {
    return noClasses()
        .that()
        .resideOutsideOfPackages(
            "io.infrafabric.kit.lifecycle..", "io.infrafabric.kit.store..", "io.infrafabric.kit.etcd..", "io.infrafabric.testkit..")
        .should()
        .callMethodWhere(describe("makes an executor", call -> call.getTargetOwner().isEquivalentTo(Executors.class)))
        .because("kit.lifecycle.Threads makes executors, so that the trace context follows the work")
        .allowEmptyShould(true);
  }

  static ArchRule noVagueNames() {
    return noClasses()
        .that()
        .resideOutsideOfPackages(GENERATED)
        .should(
            be(
                areNamed("vague", type -> VAGUE_NAME.matcher(type).matches())))
        .because("a name says what a class is (docs: style)")
        .allowEmptyShould(true);
  }

  static ArchRule nothingSleeps() {
    return noClasses()
        .that(areNeither("what a guest sleeps in", type -> type.equals("EndiveWasi")))
        .should()
        .callMethodWhere(
            describe("sleeps", call -> call.getTargetOwner().isEquivalentTo(Thread.class) && call.getName().equals("sleep")))
        .because("a loop waits for a signal or is driven by kit.lifecycle.Periodic")
        .allowEmptyShould(true);
  }

  private static DescribedPredicate<JavaClass> areNeither(String what, Predicate<String> name) {
    return describe("are neither " + what, type -> !name.test(topLevelName(type)));
  }

  private static DescribedPredicate<JavaClass> areNamed(String what, Predicate<String> name) {
    return describe(what, type -> name.test(topLevelName(type)));
  }

  /** The name of the file: a nested class is what its outermost class is. */
  private static String topLevelName(JavaClass type) {
    JavaClass outermost = type;
    while (outermost.getEnclosingClass().isPresent()) {
      outermost = outermost.getEnclosingClass().get();
    }
    return outermost.getSimpleName();
  }
}
