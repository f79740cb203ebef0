package io.infrafabric.kit.nats;

/**
 * The answer of a stream to a durable message.
 *
 * @param duplicate true when the stream had a message of that id already
 */
public record Receipt(String stream, long sequence, boolean duplicate) {}
