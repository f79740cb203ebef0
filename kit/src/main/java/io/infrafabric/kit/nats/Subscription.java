package io.infrafabric.kit.nats;

/** Something that receives messages until it is closed. Closing waits for the message at hand. */
public interface Subscription extends AutoCloseable {
  @Override
  void close();
}
