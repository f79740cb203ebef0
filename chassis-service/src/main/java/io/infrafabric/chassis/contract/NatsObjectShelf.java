package io.infrafabric.chassis.contract;

import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.kit.nats.Objects;

/** Content in the NATS object store. */
public record NatsObjectShelf(Objects objects) implements ObjectShelf {
  @Override
  public ObjectRef put(byte[] content) {
    return objects.put(content);
  }

  @Override
  public byte[] get(String sha256) {
    return objects.get(sha256);
  }
}
