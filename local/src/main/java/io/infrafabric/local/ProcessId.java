package io.infrafabric.local;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A process id that another program can trust: a later process that got the same number is told
 * apart by its start.
 *
 * @param pid the number
 * @param started when the process started, by this machine's clock
 */
public record ProcessId(long pid, Instant started) {
  /** Two JVMs read the same start a second or more apart when the clock was set in between. */
  private static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(10);

  static ProcessId of(ProcessHandle process) {
    return new ProcessId(process.pid(), start(process).orElse(Instant.EPOCH));
  }

  /** Returns whether that very process still runs. */
  public boolean alive() {
    return process().isPresent();
  }

  Optional<ProcessHandle> process() {
    return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).filter(this::startedThen);
  }

  private boolean startedThen(ProcessHandle process) {
    return start(process)
        .map(start -> Duration.between(started, start).abs().compareTo(CLOCK_TOLERANCE) < 0)
        .orElse(true);
  }

  private static Optional<Instant> start(ProcessHandle process) {
    return process.info().startInstant();
  }
}
