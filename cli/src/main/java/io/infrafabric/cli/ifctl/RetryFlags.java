package io.infrafabric.cli.ifctl;

import com.google.protobuf.Duration;
import io.infrafabric.coordinator.v1.Backoff;
import io.infrafabric.coordinator.v1.RetryPolicy;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Option;

/** When a task is tried again, on the command line. */
final class RetryFlags {
  /** How the waits grow. */
  enum Growth {
    FIXED,
    LINEAR,
    EXPONENTIAL;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Option(names = "--retry", description = "How the waits between attempts grow: ${COMPLETION-CANDIDATES}.")
  private Growth growth;

  @Option(names = "--retry-initial", converter = Flags.SpanFlag.class, paramLabel = "SPAN", description = "The first wait.")
  private Duration initial;

  @Option(names = "--retry-max", converter = Flags.SpanFlag.class, paramLabel = "SPAN", description = "The longest wait.")
  private Duration max;

  @Option(names = "--retry-jitter", paramLabel = "PERCENT", description = "By how much a wait may be shorter.")
  private int jitterPercent;

  @Option(names = "--retry-budget", converter = Flags.SpanFlag.class, paramLabel = "SPAN", description = "No attempt begins later than this after the submit.")
  private Duration budget;

  /** The policy, if any of it was given. */
  Optional<RetryPolicy> policy() {
    RetryPolicy.Builder policy = RetryPolicy.newBuilder().setJitterPercent(jitterPercent);
    Optional.ofNullable(growth).ifPresent(given -> policy.setBackoff(Backoff.valueOf("BACKOFF_" + given.name())));
    Optional.ofNullable(initial).ifPresent(policy::setInitial);
    Optional.ofNullable(max).ifPresent(policy::setMax);
    Optional.ofNullable(budget).ifPresent(policy::setBudget);
    return policy.build().equals(RetryPolicy.getDefaultInstance()) ? Optional.empty() : Optional.of(policy.build());
  }
}
