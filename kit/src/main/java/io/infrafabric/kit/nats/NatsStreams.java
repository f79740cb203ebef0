package io.infrafabric.kit.nats;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The streams that must be there; makes those that are not and changes those that differ. */
final class NatsStreams {
  private static final int NOT_FOUND = 404;
  private static final Logger LOG = LoggerFactory.getLogger(NatsBus.class);

  private final Map<String, StreamSpec> wanted = new ConcurrentHashMap<>();

  void want(StreamSpec spec) {
    wanted.put(spec.name(), spec);
  }

  /**
   * Makes all wanted streams what they must be.
   *
   * @return the names of those that had to be made
   * @throws IOException when one could not be looked at, made or changed; the others are done
   */
  List<String> ensure(Connection connection) throws IOException {
    List<String> made = new ArrayList<>();
    IOException failed = null;
    JetStreamManagement management = connection.jetStreamManagement();
    for (StreamSpec spec : wanted.values()) {
      try {
        if (ensure(management, spec)) {
          made.add(spec.name());
        }
      } catch (IOException | JetStreamApiException e) {
        failed = new IOException("stream " + spec.name() + ": " + e.getMessage(), e);
      }
    }
    if (failed != null) {
      throw failed;
    }
    return made;
  }

  private static boolean ensure(JetStreamManagement management, StreamSpec spec)
      throws IOException, JetStreamApiException {
    StreamConfiguration found;
    try {
      found = management.getStreamInfo(spec.name()).getConfiguration();
    } catch (JetStreamApiException missing) {
      if (missing.getErrorCode() != NOT_FOUND) {
        throw missing;
      }
      make(management, spec);
      return true;
    }
    if (spec.inMemory() && found.getStorageType() != StorageType.Memory) {
      // A stream cannot move; what may be lost with the server may be lost now.
      management.deleteStream(spec.name());
      make(management, spec);
      return true;
    }
    if (!matches(found, spec)) {
      management.updateStream(configured(StreamConfiguration.builder(found), spec));
      LOG.atInfo().addKeyValue("stream", spec.name()).log("stream changed");
    }
    return false;
  }

  private static void make(JetStreamManagement management, StreamSpec spec) throws IOException, JetStreamApiException {
    management.addStream(configured(StreamConfiguration.builder().name(spec.name()).storageType(storage(spec)), spec));
    LOG.atInfo().addKeyValue("stream", spec.name()).log("stream made");
  }

  private static StorageType storage(StreamSpec spec) {
    return spec.inMemory() ? StorageType.Memory : StorageType.File;
  }

  private static StreamConfiguration configured(StreamConfiguration.Builder stream, StreamSpec spec) {
    return stream
        .subjects(spec.subjects())
        .maxAge(spec.maxAge())
        .maxMessagesPerSubject(spec.maxPerSubject())
        .maxBytes(spec.maxBytes())
        .replicas(spec.replicas())
        .duplicateWindow(spec.duplicateWindow())
        .discardPolicy(DiscardPolicy.Old)
        .build();
  }

  private static boolean matches(StreamConfiguration found, StreamSpec spec) {
    return found.getSubjects().equals(spec.subjects())
        && found.getMaxAge().equals(spec.maxAge())
        && found.getMaxMsgsPerSubject() == spec.maxPerSubject()
        && found.getMaxBytes() == spec.maxBytes()
        && found.getReplicas() == spec.replicas()
        && found.getDuplicateWindow().equals(spec.duplicateWindow())
        && found.getDiscardPolicy() == DiscardPolicy.Old;
  }

  /** The last message on a subject. */
  static Optional<BusMessage> last(Connection connection, String stream, String subject) {
    try {
      MessageInfo found = connection.jetStreamManagement().getLastMessage(stream, subject);
      return Optional.of(
          new BusMessage(found.getSubject(), Messages.headers(found.getHeaders()), found.getData(), 1, found.getSeq(), Optional.empty()));
    } catch (JetStreamApiException missing) {
      if (missing.getErrorCode() == NOT_FOUND) {
        return Optional.empty();
      }
      throw unavailable(stream, missing);
    } catch (IOException away) {
      throw unavailable(stream, away);
    }
  }

  private static RefusedException unavailable(String stream, Exception cause) {
    return new RefusedException(
        Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "stream " + stream + " does not answer: " + cause.getMessage()), cause);
  }
}
