package io.infrafabric.cli.demo;

import io.infrafabric.cli.traces.TraceCount;
import java.util.Optional;

/**
 * Where the traces are.
 *
 * @param place a file, or the endpoint they were sent to
 * @param count what the file holds; empty when they were sent elsewhere
 */
public record TraceReport(String place, Optional<TraceCount> count) {}
