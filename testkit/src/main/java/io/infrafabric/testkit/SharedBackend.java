package io.infrafabric.testkit;

import io.infrafabric.local.LocalRunException;
import java.util.Map;
import java.util.function.Supplier;
import org.opentest4j.TestAbortedException;

/**
 * One server for all tests of this JVM, found or started when the first test needs it: the endpoint that the variable
 * names, else the program on this machine, else a container.
 */
final class SharedBackend {
  private final String name;
  private final String variable;
  private final Map<String, String> environment;
  private final Supplier<String> program;
  private final Supplier<String> container;
  private String address;

  /**
   * @param name what messages call it
   * @param variable of the environment, names an endpoint that is used as it stands
   * @param program starts the server of this machine and returns its address, or fails with a {@link LocalRunException}
   * @param container starts it in a container and returns its address
   */
  SharedBackend(
      String name,
      String variable,
      Map<String, String> environment,
      Supplier<String> program,
      Supplier<String> container) {
    this.name = name;
    this.variable = variable;
    this.environment = environment;
    this.program = program;
    this.container = container;
  }

  /** The address, the same at each call; a backend that cannot be had is looked for again. */
  synchronized String address() {
    if (address == null) {
      address = orGiveUp(name, environment, this::find);
    }
    return address;
  }

  private String find() {
    String named = environment.getOrDefault(variable, "");
    if (!named.isBlank()) {
      return named;
    }
    try {
      return program.get();
    } catch (LocalRunException noProgram) {
      return contained(noProgram);
    }
  }

  private String contained(LocalRunException noProgram) {
    try {
      return container.get();
    } catch (RuntimeException noContainer) {
      noContainer.addSuppressed(noProgram);
      throw new IllegalStateException(
          "%s is not set; %s; no container could be started: %s"
              .formatted(variable, noProgram.getMessage(), noContainer.getMessage()),
          noContainer);
    }
  }

  /** A backend that cannot be had fails the build in CI; elsewhere the test is aborted, which JUnit counts and shows. */
  static <T> T orGiveUp(String what, Map<String, String> environment, Supplier<T> backend) {
    try {
      return backend.get();
    } catch (RuntimeException missing) {
      String message = "no %s for this test: %s".formatted(what, missing.getMessage());
      if (Boolean.parseBoolean(environment.get("CI"))) {
        throw new IllegalStateException(message, missing);
      }
      System.err.println("TEST ABORTED, " + message);
      throw new TestAbortedException(message, missing);
    }
  }
}
