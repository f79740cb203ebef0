package io.infrafabric.chassis.work;

import io.infrafabric.chassis.sandbox.ExecutionResult;
import io.infrafabric.chassis.sandbox.ExecutionResult.Failed;
import io.infrafabric.chassis.sandbox.ExecutionResult.LimitExceeded;
import io.infrafabric.chassis.sandbox.ExecutionResult.Succeeded;
import io.infrafabric.chassis.sandbox.Measures;
import io.infrafabric.chassis.v1.Contract;
import io.infrafabric.chassis.v1.ExecutionOutcome;
import io.infrafabric.names.Limits;
import java.math.BigInteger;
import java.time.Duration;

/** What an execution means for its claim: how it ends and what it costs. */
final class SettlementRules {
  private static final BigInteger NANOS = BigInteger.valueOf(1_000_000_000);

  private SettlementRules() {}

  /**
   * The price of measured CPU time, rounded up, and never above what the task allows.
   *
   * @param capped true when it would have been more
   */
  record Cost(long micros, boolean capped) {}

  /** How the claim ends. */
  sealed interface Settlement {
    Cost cost();

    record Complete(Cost cost) implements Settlement {}

    /** A module that failed would fail again; the log's last lines are told. */
    record Fail(String reason, boolean retryable, Cost cost) implements Settlement {}

    /** The module never ran, for a reason that passes and is not the swarm's. */
    record Release(String reason, Cost cost) implements Settlement {}
  }

  static Settlement settle(ExecutionResult result, Contract contract, long maxCostMicros) {
    Cost cost = cost(result.measures(), contract, maxCostMicros);
    return switch (result) {
      case Succeeded _ -> new Settlement.Complete(cost);
      case Failed failed -> new Settlement.Fail(reason(failed.message(), failed.log()), false, cost);
      case LimitExceeded exceeded -> {
        String what = "LIMIT_EXCEEDED: the limit of %s was reached".formatted(exceeded.limit().words());
        yield new Settlement.Fail(reason(what, exceeded.log()), false, cost);
      }
    };
  }

  /** CPU seconds times the contract's price, rounded up to whole micro-dollars. */
  static Cost cost(Measures measures, Contract contract, long maxCostMicros) {
    BigInteger price =
        nanos(measures.cpu()).multiply(BigInteger.valueOf(contract.getCostPerCpuSecondMicros()));
    BigInteger micros = price.add(NANOS.subtract(BigInteger.ONE)).divide(NANOS);
    boolean capped = micros.compareTo(BigInteger.valueOf(maxCostMicros)) > 0;
    return new Cost(capped ? maxCostMicros : micros.longValueExact(), capped);
  }

  static ExecutionOutcome outcome(ExecutionResult result) {
    return switch (result) {
      case Succeeded _ -> ExecutionOutcome.EXECUTION_OUTCOME_SUCCEEDED;
      case Failed _ -> ExecutionOutcome.EXECUTION_OUTCOME_FAILED;
      case LimitExceeded exceeded ->
          switch (exceeded.limit()) {
            case WALL_CLOCK -> ExecutionOutcome.EXECUTION_OUTCOME_WALL_CLOCK_EXCEEDED;
            case CPU -> ExecutionOutcome.EXECUTION_OUTCOME_CPU_EXCEEDED;
            case MEMORY -> ExecutionOutcome.EXECUTION_OUTCOME_MEMORY_EXCEEDED;
            case RESULT -> ExecutionOutcome.EXECUTION_OUTCOME_RESULT_TOO_LARGE;
            case LOG -> ExecutionOutcome.EXECUTION_OUTCOME_LOG_TOO_LARGE;
          };
    };
  }

  private static BigInteger nanos(Duration duration) {
    return BigInteger.valueOf(duration.getSeconds()).multiply(NANOS).add(BigInteger.valueOf(duration.getNano()));
  }

  /** Control characters of the log are shown as blanks. */
  private static String reason(String what, String log) {
    if (log.isBlank()) {
      return what;
    }
    String reason = what + "; log: ";
    String shown = log.strip().replaceAll("\\p{Cntrl}+", " ");
    int room = Limits.TEXT_CHARACTERS - reason.length();
    return reason + (shown.length() > room ? shown.substring(shown.length() - room) : shown);
  }
}
