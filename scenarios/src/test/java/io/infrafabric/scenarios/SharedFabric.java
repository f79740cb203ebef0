package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.names.Keys;
import io.infrafabric.testkit.history.HistoryRules;
import io.infrafabric.testkit.history.MoneyRules;
import io.infrafabric.testkit.history.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * One fabric with two coordinators for all scenarios that leave it whole; started by the first that asks for it and stopped
 * at the end of the run. Scenarios keep apart by ids of their own ({@link Unique}). After each class the whole history of
 * the tasks and of the accounts is judged by the invariants.
 */
final class SharedFabric implements ParameterResolver, AfterAllCallback {
  private static final ExtensionContext.Namespace HERE = ExtensionContext.Namespace.create(SharedFabric.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
    return parameter.getParameter().getType() == RunningFabric.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
    return fabric(test);
  }

  @Override
  public void afterAll(ExtensionContext test) {
    Keys keys = new Keys();
    assertThat(HistoryRules.judge(fabric(test).history(keys.tasks()))).isEmpty();
    List<Version> money = new ArrayList<>(fabric(test).history(keys.accounts()));
    money.addAll(fabric(test).history(keys.ledger()));
    assertThat(MoneyRules.judge(keys, money)).isEmpty();
  }

  private static RunningFabric fabric(ExtensionContext test) {
    return test.getRoot().getStore(HERE).computeIfAbsent("fabric", key -> start(), RunningFabric.class);
  }

  private static RunningFabric start() {
    try {
      return RunningFabric.startTwoCoordinators();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
