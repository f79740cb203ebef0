package io.infrafabric.kit.store;

/**
 * A value that cannot be read.
 *
 * @param entry as the store has it
 * @param fault what is wrong with it, for people
 */
public record Unreadable(Entry entry, String fault) {}
