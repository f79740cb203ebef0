package io.infrafabric.testkit;

import io.infrafabric.local.LocalRunException;
import io.infrafabric.local.ServerProcess;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Supplier;
import org.opentest4j.TestAbortedException;

/** One server for all tests of this JVM, found or started when the first test needs it. */
final class SharedBackend {
  private final String variable;
  private final Function<Path, ServerProcess> program;
  private final BackendContainer container;
  private String address;

  SharedBackend(String variable, Function<Path, ServerProcess> program, BackendContainer container) {
    this.variable = variable;
    this.program = program;
    this.container = container;
  }

  synchronized String address() {
    if (address == null) {
      address = orGiveUp(variable, this::find);
    }
    return address;
  }

  private String find() {
    String named = System.getenv().getOrDefault(variable, "");
    if (!named.isBlank()) {
      return named;
    }
    try {
      return program.apply(TestFolders.create(container.name().toLowerCase(Locale.ROOT))).address();
    } catch (LocalRunException noProgram) {
      try {
        return container.start();
      } catch (RuntimeException noContainer) {
        noContainer.addSuppressed(noProgram);
        throw noContainer;
      }
    }
  }

  /** A backend that cannot be had fails the build in CI; elsewhere the test is aborted, which JUnit counts and shows. */
  static <T> T orGiveUp(String what, Supplier<T> backend) {
    try {
      return backend.get();
    } catch (RuntimeException missing) {
      String message = "no backend for " + what + ": " + missing.getMessage();
      if (Boolean.parseBoolean(System.getenv("CI"))) {
        throw new IllegalStateException(message, missing);
      }
      System.err.println("TEST ABORTED, " + message);
      throw new TestAbortedException(message, missing);
    }
  }
}
