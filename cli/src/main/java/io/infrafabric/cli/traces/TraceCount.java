package io.infrafabric.cli.traces;

/**
 * How many traces were collected.
 *
 * @param traces distinct trace ids
 * @param spans in all of them
 * @param orphans spans whose parent was not collected
 * @param complete false when there were more than the collector keeps, so that the other figures are lower bounds
 */
public record TraceCount(int traces, int spans, int orphans, boolean complete) {}
