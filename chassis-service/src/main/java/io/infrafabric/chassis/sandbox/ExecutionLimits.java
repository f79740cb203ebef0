package io.infrafabric.chassis.sandbox;

import java.time.Duration;

/**
 * What one run may use at most.
 *
 * @param memoryBytes linear memory; rounded down to pages of 64 KiB
 * @param wallClock from start to end, whatever it does
 * @param cpuTime of its thread
 * @param resultBytes standard output
 * @param logBytes standard error
 */
public record ExecutionLimits(
    long memoryBytes, Duration wallClock, Duration cpuTime, int resultBytes, int logBytes) {
  /** A page of linear memory. */
  public static final int PAGE_BYTES = 64 * 1024;

  /** The limits of a contract that names none: 256 MiB, 300 s, 5 s of CPU, 64 KiB of result and of log. */
  public static final ExecutionLimits DEFAULT =
      new ExecutionLimits(256L << 20, Duration.ofSeconds(300), Duration.ofSeconds(5), 64 << 10, 64 << 10);

  /** All limits are above 0; memory is at most 2 GiB. */
  public ExecutionLimits {
    if (memoryBytes < PAGE_BYTES || memoryBytes > 2L << 30) {
      throw new IllegalArgumentException("memory must be 64 KiB to 2 GiB, not " + memoryBytes);
    }
    if (!wallClock.isPositive() || !cpuTime.isPositive() || resultBytes <= 0 || logBytes <= 0) {
      throw new IllegalArgumentException("limits must be above 0");
    }
  }

  /** Pages of 64 KiB that fit into the memory limit. */
  public int memoryPages() {
    return (int) Math.min(memoryBytes / PAGE_BYTES, 32_767);
  }
}
