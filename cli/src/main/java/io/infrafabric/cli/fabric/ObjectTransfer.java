package io.infrafabric.cli.fabric;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.Context;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.coordinator.v1.GetObjectRequest;
import io.infrafabric.coordinator.v1.GetObjectResponse;
import io.infrafabric.coordinator.v1.ObjectClaim;
import io.infrafabric.coordinator.v1.ObjectServiceGrpc;
import io.infrafabric.coordinator.v1.PutObjectRequest;
import io.infrafabric.coordinator.v1.PutObjectResponse;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.nats.ObjectDigest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;

/** Objects between files and a coordinator; none is in memory whole. Failures are those of the calls, or UncheckedIOException. */
public final class ObjectTransfer {
  private static final int PIECE_BYTES = 256 * 1024;

  private final Channel coordinator;

  ObjectTransfer(Channel coordinator) {
    this.coordinator = coordinator;
  }

  /** Puts the content of a file, unless it is there. */
  public ObjectRef put(Path file) {
    return put(file, PutObjectRequest.newBuilder());
  }

  /** Puts the content of a file as the result of a claim, which has to be held. */
  public ObjectRef putResult(Path file, ObjectClaim claim) {
    return put(file, PutObjectRequest.newBuilder().setClaim(claim));
  }

  private ObjectRef put(Path file, PutObjectRequest.Builder first) {
    RequestStream<PutObjectRequest, PutObjectResponse> upload = new RequestStream<>("the upload");
    first.setRequestId(Requests.newId()).setExpected(named(file));
    ObjectServiceGrpc.newStub(coordinator).putObject(upload);
    try (InputStream content = Files.newInputStream(file)) {
      byte[] piece = new byte[PIECE_BYTES];
      boolean going = upload.send(first.build());
      for (int length = content.read(piece); going && length >= 0; length = content.read(piece)) {
        going = upload.send(PutObjectRequest.newBuilder().setData(ByteString.copyFrom(piece, 0, length)).build());
      }
      if (going) {
        upload.end();
      }
    } catch (IOException unreadable) {
      upload.giveUp("the content cannot be read", unreadable);
      throw unreadable(file, unreadable);
    }
    return upload.answer().getObject();
  }

  private static ObjectRef named(Path file) {
    try (InputStream content = Files.newInputStream(file)) {
      ObjectDigest digest = new ObjectDigest();
      byte[] piece = new byte[PIECE_BYTES];
      for (int length = content.read(piece); length >= 0; length = content.read(piece)) {
        digest.add(piece, 0, length);
      }
      return digest.end();
    } catch (IOException unreadable) {
      throw unreadable(file, unreadable);
    }
  }

  private static UncheckedIOException unreadable(Path file, IOException failure) {
    return new UncheckedIOException("%s cannot be read (%s)".formatted(file, failure.getClass().getSimpleName()), failure);
  }

  /** What an object is, without its content. */
  public ObjectRef find(String sha256) {
    Context.CancellableContext call = Context.current().withCancellation();
    Context before = call.attach();
    try {
      return ObjectServiceGrpc.newBlockingStub(coordinator).getObject(GetObjectRequest.newBuilder().setSha256(sha256).build()).next().getObject();
    } finally {
      call.detachAndCancel(before, null);
    }
  }

  /** Writes an object out, once all of it has come and is what its digest says. */
  public void get(String sha256, OutputStream out) {
    fetched(
        sha256,
        file -> {
          Files.copy(file, out);
          out.flush();
        });
  }

  /** Writes an object to a file, which is not touched before all of it has come and is what its digest says. */
  public void get(String sha256, Path to) {
    fetched(sha256, file -> Files.copy(file, to, StandardCopyOption.REPLACE_EXISTING));
  }

  private interface Use {
    void of(Path file) throws IOException;
  }

  private void fetched(String sha256, Use use) {
    try {
      Path file = Files.createTempFile("ifctl-", ".out");
      try {
        fetch(sha256, file);
        use.of(file);
      } finally {
        Files.delete(file);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException("object %s cannot be written (%s)".formatted(sha256, failure.getClass().getSimpleName()), failure);
    }
  }

  private void fetch(String sha256, Path file) throws IOException {
    Iterator<GetObjectResponse> pieces =
        ObjectServiceGrpc.newBlockingStub(coordinator).getObject(GetObjectRequest.newBuilder().setSha256(sha256).build());
    ObjectDigest digest = new ObjectDigest();
    try (OutputStream to = Files.newOutputStream(file)) {
      while (pieces.hasNext()) {
        byte[] piece = pieces.next().getData().toByteArray();
        digest.add(piece, 0, piece.length);
        to.write(piece);
      }
    }
    if (!digest.end().getSha256().equals(sha256)) {
      throw Refusal.of(ErrorCode.ERROR_CODE_OBJECT_NOT_FOUND, "object " + sha256 + " came as something else").with("sha256", sha256).asException();
    }
  }
}
