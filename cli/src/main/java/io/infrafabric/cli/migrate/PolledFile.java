package io.infrafabric.cli.migrate;

/**
 * A file that the predecessor's sessions polled for, or left behind.
 *
 * @param branch on which it was found; empty for a plain folder
 * @param name without folders
 */
public record PolledFile(String branch, String name, String text) {}
