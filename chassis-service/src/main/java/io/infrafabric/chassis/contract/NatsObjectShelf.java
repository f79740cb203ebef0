package io.infrafabric.chassis.contract;

import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.kit.nats.ObjectBucket;
import io.infrafabric.kit.nats.Objects;

/** Content in the NATS object store. */
public record NatsObjectShelf(ObjectBucket bucket) implements ObjectShelf {
  @Override
  public ObjectRef put(byte[] content) {
    return new Objects(bucket).put(content);
  }

  @Override
  public ObjectBucket.Upload upload() {
    return bucket.upload();
  }

  @Override
  public byte[] get(String sha256) {
    return new Objects(bucket).get(sha256);
  }
}
