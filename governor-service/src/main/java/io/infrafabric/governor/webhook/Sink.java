package io.infrafabric.governor.webhook;

import java.net.URI;

/**
 * A webhook.
 *
 * @param name its host and a digest of its address, which may hold a secret
 */
record Sink(String name, URI address) {
  /** Shows no address. */
  @Override
  public String toString() {
    return name;
  }
}
