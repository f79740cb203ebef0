package io.infrafabric.chassis.sandbox;

import java.time.Duration;

/**
 * What one run used, as measured from outside the module.
 *
 * @param wall from start to end
 * @param cpu CPU time of its thread
 * @param memoryBytes linear memory at its largest, in whole pages; it never shrinks
 */
public record Measures(Duration wall, Duration cpu, long memoryBytes) {}
