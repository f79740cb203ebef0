package io.infrafabric.kit.nats;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.ObjectStore;
import io.nats.client.api.ObjectInfo;
import io.nats.client.api.ObjectMeta;
import io.nats.client.api.ObjectStoreConfiguration;
import io.nats.client.api.StorageType;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Content in the NATS object store, named by its SHA-256 (64 lower-case hex digits), so that it cannot change. Calls
 * block; failures are {@code RefusedException}s.
 */
public final class Objects {
  /** Largest object that is put or got. */
  public static final long MAX_BYTES = 64L << 20;

  private static final int NOT_FOUND = 404;

  private final Supplier<Connection> connection;
  private final String bucket;

  Objects(Supplier<Connection> connection, String bucket) {
    this.connection = connection;
    this.bucket = bucket;
  }

  /**
   * Puts the content, unless it is there, and returns its name.
   *
   * @throws RefusedException PAYLOAD_TOO_LARGE, or UNAVAILABLE
   */
  public ObjectRef put(byte[] content) {
    checkSize("object", content.length);
    ObjectRef ref = ObjectRef.newBuilder().setSha256(sha256(content)).setSizeBytes(content.length).build();
    return calling(
        store -> {
          if (info(store, ref.getSha256()).filter(found -> found.getSize() == content.length).isEmpty()) {
            store.put(ObjectMeta.objectName(ref.getSha256()), new ByteArrayInputStream(content));
          }
          return ref;
        });
  }

  /**
   * Puts the content of a file, unless it is there, and returns its name. The content never is in memory whole; it is read
   * twice, because its name is its digest.
   *
   * @throws RefusedException PAYLOAD_TOO_LARGE, or UNAVAILABLE
   */
  public ObjectRef put(Path file) {
    return calling(
        store -> {
          ObjectRef ref = named(file);
          if (info(store, ref.getSha256()).filter(found -> found.getSize() == ref.getSizeBytes()).isEmpty()) {
            try (InputStream content = Files.newInputStream(file)) {
              store.put(ObjectMeta.objectName(ref.getSha256()), content);
            }
          }
          return ref;
        });
  }

  private static ObjectRef named(Path file) throws IOException {
    checkSize(file.toString(), Files.size(file));
    MessageDigest digest = digest();
    try (OutputStream nowhere = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
      long bytes = Files.copy(file, nowhere);
      return ObjectRef.newBuilder().setSha256(HexFormat.of().formatHex(digest.digest())).setSizeBytes(bytes).build();
    }
  }

  /**
   * Writes the content of that digest to a file, verified; it never is in memory whole.
   *
   * @throws RefusedException OBJECT_NOT_FOUND (also when the content has another digest), PAYLOAD_TOO_LARGE, or UNAVAILABLE
   */
  public void get(String sha256, Path file) {
    calling(
        store -> {
          ObjectInfo info = info(store, sha256).orElseThrow(() -> notFound(sha256, "is not in the object store"));
          checkSize(sha256, info.getSize());
          MessageDigest digest = digest();
          try (OutputStream out = new DigestOutputStream(Files.newOutputStream(file), digest)) {
            store.get(sha256, out);
          }
          if (!HexFormat.of().formatHex(digest.digest()).equals(sha256)) {
            throw notFound(sha256, "has other content than its name says");
          }
          return file;
        });
  }

  /**
   * Returns the content of that digest, verified.
   *
   * @throws RefusedException OBJECT_NOT_FOUND (also when the content has another digest), PAYLOAD_TOO_LARGE, or UNAVAILABLE
   */
  public byte[] get(String sha256) {
    return calling(
        store -> {
          ObjectInfo info = info(store, sha256).orElseThrow(() -> notFound(sha256, "is not in the object store"));
          checkSize(sha256, info.getSize());
          ByteArrayOutputStream out = new ByteArrayOutputStream(Math.toIntExact(info.getSize()));
          store.get(sha256, out);
          byte[] content = out.toByteArray();
          if (!sha256(content).equals(sha256)) {
            throw notFound(sha256, "has other content than its name says");
          }
          return content;
        });
  }

  /**
   * True when there is an object of that name.
   *
   * @throws RefusedException UNAVAILABLE
   */
  public boolean exists(String sha256) {
    return calling(store -> info(store, sha256).isPresent());
  }

  /** The name of a content. */
  public static String sha256(byte[] content) {
    return HexFormat.of().formatHex(digest().digest(content));
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /**
   * The size of an object, told by its last description on the object store's own stream; empty when there is none. Does not
   * block.
   */
  public static CompletableFuture<Optional<Long>> size(Bus bus, String bucket, String sha256) {
    String name = Base64.getUrlEncoder().encodeToString(sha256.getBytes(StandardCharsets.UTF_8));
    return bus.last("OBJ_" + bucket, "$O." + bucket + ".M." + name).thenApply(found -> found.flatMap(Objects::described));
  }

  private static Optional<Long> described(BusMessage description) {
    Struct.Builder info = Struct.newBuilder();
    try {
      JsonFormat.parser().merge(new String(description.body(), StandardCharsets.UTF_8), info);
    } catch (InvalidProtocolBufferException malformed) {
      return Optional.empty();
    }
    boolean deleted = info.getFieldsOrDefault("deleted", Value.getDefaultInstance()).getBoolValue();
    return deleted ? Optional.empty() : Optional.of((long) info.getFieldsOrDefault("size", Value.getDefaultInstance()).getNumberValue());
  }

  private interface Call<T> {
    T on(ObjectStore store) throws IOException, JetStreamApiException, InterruptedException, NoSuchAlgorithmException;
  }

  private <T> T calling(Call<T> call) {
    try {
      return call.on(store());
    } catch (IOException | JetStreamApiException failed) {
      throw new RefusedException(
          Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "the object store does not answer: " + failed.getMessage()), failed);
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
      throw new RefusedException(Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "interrupted"), ended);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** The store; asked for each time, because it may have been lost since. */
  private ObjectStore store() throws IOException, JetStreamApiException {
    Connection nats = connection.get();
    try {
      nats.objectStoreManagement().getStatus(bucket);
    } catch (JetStreamApiException missing) {
      if (missing.getErrorCode() != NOT_FOUND) {
        throw missing;
      }
      nats.objectStoreManagement()
          .create(ObjectStoreConfiguration.builder(bucket).storageType(StorageType.File).build());
    }
    return nats.objectStore(bucket);
  }

  private static Optional<ObjectInfo> info(ObjectStore store, String sha256) throws IOException, JetStreamApiException {
    try {
      return Optional.ofNullable(store.getInfo(sha256)).filter(found -> !found.isDeleted());
    } catch (JetStreamApiException missing) {
      if (missing.getErrorCode() == NOT_FOUND) {
        return Optional.empty();
      }
      throw missing;
    }
  }

  private static void checkSize(String what, long bytes) {
    if (bytes > MAX_BYTES) {
      throw Refusal.of(
              ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE,
              "%s has %d bytes, more than the %d of an object".formatted(what, bytes, MAX_BYTES))
          .asException();
    }
  }

  private static RefusedException notFound(String sha256, String why) {
    return Refusal.of(ErrorCode.ERROR_CODE_OBJECT_NOT_FOUND, "object " + sha256 + " " + why)
        .with("sha256", sha256)
        .asException();
  }
}
