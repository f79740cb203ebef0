package io.infrafabric.chassis.contract;

import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.kit.nats.ObjectBucket;

/** Content by SHA-256; the NATS object store in production. */
public interface ObjectShelf {
  /**
   * Keeps content under its SHA-256.
   *
   * @throws io.infrafabric.error.RefusedException PAYLOAD_TOO_LARGE or UNAVAILABLE
   */
  ObjectRef put(byte[] content);

  /**
   * Begins to keep content that comes in pieces.
   *
   * @throws io.infrafabric.error.RefusedException UNAVAILABLE
   */
  ObjectBucket.Upload upload();

  /**
   * The content of that SHA-256, verified.
   *
   * @throws io.infrafabric.error.RefusedException OBJECT_NOT_FOUND or UNAVAILABLE
   */
  byte[] get(String sha256);
}
