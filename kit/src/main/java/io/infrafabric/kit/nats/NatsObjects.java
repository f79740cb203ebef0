package io.infrafabric.kit.nats;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.PublishOptions;
import io.nats.client.PurgeOptions;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.ObjectInfo;
import io.nats.client.api.ObjectStoreConfiguration;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamInfoOptions;
import io.nats.client.impl.Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * An object store of NATS, on its own stream: the pieces of an object are messages on one subject, its description is the last message
 * on another. The client of NATS wants a name before the content, and pushes an object faster than it may be read; hence our own. A
 * description is only replaced by who has seen the one before it.
 */
final class NatsObjects implements ObjectBucket {
  private static final int NOT_FOUND = 404;
  private static final int NO_MESSAGE = 10037;
  private static final int CHANGED_MEANWHILE = 10071;
  private static final int TRIES = 5;
  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

  private final Supplier<Connection> connection;
  private final String bucket;
  private final String stream;
  private volatile boolean made;

  NatsObjects(Supplier<Connection> connection, String bucket) {
    this.connection = connection;
    this.bucket = bucket;
    this.stream = "OBJ_" + bucket;
  }

  /** The description of an object, and its place. */
  record Described(ObjectInfo info, long sequence) {
    boolean isThere() {
      return !info.isDeleted() && !info.isLink();
    }

    Kept kept() {
      return new Kept(info.getObjectName(), info.getSize(), info.getModified().toInstant(), sequence);
    }
  }

  @Override
  public Upload upload() {
    return calling(
        () -> {
          return new NatsUpload(this, connection.get().jetStream(), (int) Math.min(NatsUpload.CHUNK_BYTES, connection.get().getMaxPayload()));
        });
  }

  /** Once, and again after a failure: a server does not answer for a store that was lost. */
  private void make() throws IOException, JetStreamApiException {
    Connection nats = connection.get();
    try {
      nats.objectStoreManagement().getStatus(bucket);
    } catch (JetStreamApiException missing) {
      if (missing.getErrorCode() != NOT_FOUND) {
        throw missing;
      }
      nats.objectStoreManagement().create(ObjectStoreConfiguration.builder(bucket).storageType(StorageType.File).build());
    }
  }

  @Override
  public Download open(String sha256) {
    Described found = described(sha256).filter(Described::isThere).orElseThrow(() -> ObjectDigest.notFound(sha256, "is not in the object store"));
    ObjectDigest.checkSize(sha256, found.info().getSize());
    return new NatsDownload(new NatsStreamLog(stream, connection, NatsObjects::noTail), chunks(found.info().getNuid()), found.kept());
  }

  private static Subscription noTail(java.util.function.Consumer<BusMessage> handler, NatsStreamLog.TailSpec spec) {
    throw new UnsupportedOperationException("objects are read, not followed");
  }

  @Override
  public Optional<Kept> find(String sha256) {
    return described(sha256).filter(Described::isThere).map(Described::kept);
  }

  @Override
  public Optional<Kept> next(long afterSequence) {
    Optional<Described> next = described(management -> management.getNextMessage(stream, afterSequence + 1, description("*", false)));
    while (next.isPresent() && !(next.get().isThere() && DIGEST.matcher(next.get().info().getObjectName()).matches())) {
      long after = next.get().sequence();
      next = described(management -> management.getNextMessage(stream, after + 1, description("*", false)));
    }
    return next.map(Described::kept);
  }

  @Override
  public boolean renew(Kept object) {
    return at(object).filter(found -> describe(found.info(), found.sequence())).isPresent();
  }

  @Override
  public boolean delete(Kept object) {
    Optional<Described> found = at(object);
    if (found.isEmpty()) {
      return false;
    }
    ObjectInfo gone = ObjectInfo.builder(found.get().info()).deleted(true).size(0).chunks(0).build();
    if (!describe(gone, found.get().sequence())) {
      return false;
    }
    purge(found.get().info().getNuid());
    return true;
  }

  @Override
  public int dropUnfinished(Instant before) {
    return calling(
        () -> {
          JetStreamManagement management = connection.get().jetStreamManagement();
          // First the pieces, then the descriptions: an upload that is finished between the two is not taken for an unfinished one.
          Set<String> unfinished = new HashSet<>(subjects(management));
          unfinished.removeAll(finished());
          int dropped = 0;
          for (String subject : unfinished) {
            Optional<MessageInfo> last = message(m -> m.getLastMessage(stream, subject));
            if (last.isPresent() && last.get().getTime().toInstant().isBefore(before)) {
              management.purgeStream(stream, PurgeOptions.builder().subject(subject).build());
              dropped++;
            }
          }
          return dropped;
        });
  }

  private List<String> subjects(JetStreamManagement management) throws IOException, JetStreamApiException {
    try {
      return management.getStreamInfo(stream, StreamInfoOptions.filterSubjects(chunks("*"))).getStreamState().getSubjects().stream().map(s -> s.getName()).toList();
    } catch (JetStreamApiException missing) {
      if (missing.getErrorCode() == NOT_FOUND) {
        return List.of();
      }
      throw missing;
    }
  }

  private Set<String> finished() {
    Set<String> finished = new HashSet<>();
    Optional<Described> next = described(management -> management.getNextMessage(stream, 1, description("*", false)));
    while (next.isPresent()) {
      if (next.get().isThere()) {
        finished.add(chunks(next.get().info().getNuid()));
      }
      long after = next.get().sequence();
      next = described(management -> management.getNextMessage(stream, after + 1, description("*", false)));
    }
    return finished;
  }

  private Optional<Described> at(Kept object) {
    return described(object.sha256()).filter(found -> found.isThere() && found.sequence() == object.sequence());
  }

  /** The description of that name, also of an object that was deleted. */
  Optional<Described> described(String name) {
    return described(management -> management.getLastMessage(stream, description(name, true)));
  }

  private Optional<Described> described(Get get) {
    return message(get).map(found -> new Described(new ObjectInfo(found), found.getSeq()));
  }

  @FunctionalInterface
  private interface Get {
    MessageInfo from(JetStreamManagement management) throws IOException, JetStreamApiException;
  }

  private Optional<MessageInfo> message(Get get) {
    return calling(
        () -> {
          try {
            return Optional.of(get.from(connection.get().jetStreamManagement()));
          } catch (JetStreamApiException missing) {
            if (missing.getErrorCode() == NOT_FOUND || missing.getApiErrorCode() == NO_MESSAGE) {
              return Optional.empty();
            }
            throw missing;
          }
        });
  }

  /**
   * Puts a description in the place of the one that was seen.
   *
   * @param seen its sequence; 0 for none
   * @return false when there is another one by now
   */
  boolean describe(ObjectInfo info, long seen) {
    String subject = description(info.getObjectName(), true);
    byte[] body = info.toJson().getBytes(StandardCharsets.UTF_8);
    Headers rollup = new Headers().put("Nats-Rollup", "sub");
    for (int tries = 1; ; tries++) {
      try {
        JetStream streams = connection.get().jetStream();
        streams.publish(subject, rollup, body, PublishOptions.builder().expectedLastSubjectSequence(seen).build());
        return true;
      } catch (JetStreamApiException refused) {
        if (refused.getApiErrorCode() == CHANGED_MEANWHILE) {
          return tries > 1 && isDescribedBy(info); // by the try before, whose answer was lost
        }
        throw unavailable(refused);
      } catch (IOException lost) {
        if (tries == TRIES) {
          throw unavailable(lost);
        }
      }
    }
  }

  private boolean isDescribedBy(ObjectInfo info) {
    return described(info.getObjectName())
        .filter(found -> found.info().isDeleted() == info.isDeleted() && java.util.Objects.equals(found.info().getNuid(), info.getNuid()))
        .isPresent();
  }

  /** Drops the pieces of an upload. */
  void purge(String nuid) {
    calling(() -> connection.get().jetStreamManagement().purgeStream(stream, PurgeOptions.builder().subject(chunks(nuid)).build()));
  }

  String bucket() {
    return bucket;
  }

  String chunks(String nuid) {
    return "$O." + bucket + ".C." + nuid;
  }

  private String description(String name, boolean encoded) {
    String token = encoded ? Base64.getUrlEncoder().encodeToString(name.getBytes(StandardCharsets.UTF_8)) : name;
    return "$O." + bucket + ".M." + token;
  }

  private interface Call<T> {
    T call() throws IOException, JetStreamApiException;
  }

  private <T> T calling(Call<T> call) {
    try {
      if (!made) {
        make();
        made = true;
      }
      return call.call();
    } catch (IOException | JetStreamApiException failed) {
      made = false;
      throw unavailable(failed);
    }
  }

  static RefusedException unavailable(Exception cause) {
    return new RefusedException(Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "the object store does not answer: " + cause.getMessage()), cause);
  }
}
