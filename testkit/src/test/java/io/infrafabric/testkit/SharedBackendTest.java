package io.infrafabric.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.local.LocalRunException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/** In which order a backend is looked for, and what happens where none can be had. */
class SharedBackendTest {
  private static final String VARIABLE = "IF_TEST_THING";
  private static final Map<String, String> NAMED = Map.of(VARIABLE, "thing://named:1");

  private final List<String> tried = new ArrayList<>();
  private final Supplier<String> program = tries("program", "thing://program:2");
  private final Supplier<String> container = tries("container", "thing://container:3");
  private final Supplier<String> noProgram =
      failing("program", new LocalRunException("thing was not found on PATH: install the package thing"));
  private final Supplier<String> noContainer =
      failing("container", new IllegalStateException("Could not find a valid Docker environment"));

  @Test
  void address_isTheEndpointThatTheEnvironmentNames() {
    assertThat(backend(NAMED, program, container).address()).isEqualTo("thing://named:1");
    assertThat(tried).isEmpty();
  }

  @Test
  void address_isThatOfTheProgramWhereTheEnvironmentNamesNone() {
    assertThat(backend(Map.of(), program, container).address()).isEqualTo("thing://program:2");
    assertThat(tried).containsExactly("program");
  }

  @Test
  void address_isThatOfTheProgramWhereTheVariableIsBlank() {
    assertThat(backend(Map.of(VARIABLE, " "), program, container).address()).isEqualTo("thing://program:2");
  }

  @Test
  void address_isThatOfAContainerWhereThereIsNoProgram() {
    assertThat(backend(Map.of(), noProgram, container).address()).isEqualTo("thing://container:3");
    assertThat(tried).containsExactly("program", "container");
  }

  @Test
  void address_isFoundOnce() {
    SharedBackend backend = backend(Map.of(), program, container);

    assertThat(backend.address()).isEqualTo(backend.address());
    assertThat(tried).containsExactly("program");
  }

  @Test
  void address_failsTheBuildInCiWhereNoneCanBeHad() {
    assertThatThrownBy(() -> backend(Map.of("CI", "true"), noProgram, noContainer).address())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "no thing for this test: IF_TEST_THING is not set; thing was not found on PATH: install the package thing;"
                + " no container could be started: Could not find a valid Docker environment");
    assertThat(tried).containsExactly("program", "container");
  }

  @Test
  void address_abortsTheTestOutsideCiAndSaysWhy() {
    SharedBackend backend = backend(Map.of(), noProgram, noContainer);

    assertThatThrownBy(backend::address)
        .isInstanceOf(TestAbortedException.class)
        .hasMessageContaining("no thing for this test")
        .hasMessageContaining("IF_TEST_THING is not set")
        .hasMessageContaining("thing was not found on PATH")
        .hasMessageContaining("Could not find a valid Docker environment");
    assertThatThrownBy(backend::address).as("the next test").isInstanceOf(TestAbortedException.class);
  }

  @Test
  void address_abortsTheTestWhereCiSaysFalse() {
    assertThatThrownBy(() -> backend(Map.of("CI", "false"), noProgram, noContainer).address())
        .isInstanceOf(TestAbortedException.class);
  }

  @Test
  void orGiveUp_failsTheBuildInCiForABackendOfATestsOwn() {
    assertThatThrownBy(() -> SharedBackend.orGiveUp("thing", Map.of("CI", "true"), noProgram))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("no thing for this test: thing was not found on PATH: install the package thing");
    assertThatThrownBy(() -> SharedBackend.orGiveUp("thing", Map.of(), noProgram)).isInstanceOf(TestAbortedException.class);
  }

  private static SharedBackend backend(
      Map<String, String> environment, Supplier<String> program, Supplier<String> container) {
    return new SharedBackend("thing", VARIABLE, environment, program, container);
  }

  private Supplier<String> tries(String rung, String address) {
    return () -> {
      tried.add(rung);
      return address;
    };
  }

  private Supplier<String> failing(String rung, RuntimeException failure) {
    return () -> {
      tried.add(rung);
      throw failure;
    };
  }
}
