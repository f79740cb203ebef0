package io.infrafabric.chassis.work;

import com.google.protobuf.ByteString;
import io.infrafabric.chassis.contract.ObjectShelf;
import io.infrafabric.chassis.sandbox.ModuleOutput;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.nats.ObjectBucket;
import io.infrafabric.names.Limits;
import java.io.ByteArrayOutputStream;

/**
 * The result of one execution as it comes: as long as it fits into a record it is kept here, and once it does not it goes on to the
 * object store piece by piece. So of a result of any size no more than about 1 MiB is in memory.
 */
final class StreamedResult implements ModuleOutput, AutoCloseable {
  private final ObjectShelf objects;
  private final ByteArrayOutputStream small = new ByteArrayOutputStream(256);
  private ObjectBucket.Upload upload;
  private boolean closed;

  StreamedResult(ObjectShelf objects) {
    this.objects = objects;
  }

  @Override
  public synchronized void write(byte[] piece) {
    if (closed) {
      throw Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "the execution has ended").asException();
    }
    if (upload == null && small.size() + piece.length <= Limits.PAYLOAD_BYTES) {
      small.writeBytes(piece);
      return;
    }
    if (upload == null) {
      upload = objects.upload();
      upload.write(small.toByteArray(), 0, small.size());
      small.reset();
    }
    upload.write(piece, 0, piece.length);
  }

  /**
   * Puts the whole result into a request; an object is kept by then.
   *
   * @throws io.infrafabric.error.RefusedException UNAVAILABLE
   */
  synchronized void into(CompleteTaskRequest.Builder request) {
    if (upload == null) {
      request.setResult(ByteString.copyFrom(small.toByteArray()));
    } else {
      request.setResultObject(upload.finish());
    }
  }

  /** Drops what was not made an object, and takes no more. */
  @Override
  public synchronized void close() {
    closed = true;
    if (upload != null) {
      upload.close();
    }
  }
}
