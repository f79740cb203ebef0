package io.infrafabric.kit.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.error.RefusedException;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.names.Limits;
import io.infrafabric.names.Subjects;
import io.nats.client.ObjectStore;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NatsObjectsTest {
  @TempDir Path folder;
  private RealNats server;
  private NatsBus bus;
  private ObjectBucket bucket;
  private Objects objects;

  @BeforeEach
  void open() throws Exception {
    server = RealNats.in(folder).start();
    bus = NatsBus.start(NatsSettings.of(server.url()), "test", Telemetry.none());
    assertThat(bus.awaitConnected(Duration.ofSeconds(20))).isTrue();
    bucket = bus.bucket(Subjects.OBJECTS_BUCKET);
    objects = bus.objects(Subjects.OBJECTS_BUCKET);
  }

  @AfterEach
  void close() {
    bus.close();
    server.close();
  }

  private static byte[] content(int bytes) {
    byte[] content = new byte[bytes];
    new Random(bytes).nextBytes(content);
    return content;
  }

  private static void refused(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call).isInstanceOfSatisfying(RefusedException.class, refused -> assertThat(refused.refusal().code()).isEqualTo(code));
  }

  /** The object store as the client of NATS sees it. */
  private ObjectStore plain() throws Exception {
    return bus.connection().objectStore(Subjects.OBJECTS_BUCKET);
  }

  private long messages() throws Exception {
    return bus.connection().jetStreamManagement().getStreamInfo("OBJ_" + Subjects.OBJECTS_BUCKET).getStreamState().getMsgCount();
  }

  @Test
  void object_isKeptByItsDigest_onceOnly() throws Exception {
    byte[] content = content(300_000);
    ObjectRef ref = objects.put(content);
    long messages = messages();
    assertThat(objects.put(content)).isEqualTo(ref);
    ObjectRef again;
    try (ObjectBucket.Upload upload = bucket.upload()) {
      upload.write(content, 0, content.length);
      again = upload.finish();
    }
    assertThat(again).isEqualTo(ref);
    assertThat(messages()).isEqualTo(messages);
    assertThat(objects.exists(ref.getSha256())).isTrue();
    assertThat(objects.get(ref.getSha256())).isEqualTo(content);
    String other = Objects.sha256("other".getBytes(StandardCharsets.UTF_8));
    assertThat(objects.exists(other)).isFalse();
    refused(ErrorCode.ERROR_CODE_OBJECT_NOT_FOUND, () -> objects.get(other));
  }

  @Test
  void objects_areThoseOfTheClientOfNats_bothWays() throws Exception {
    byte[] content = content(300_001);
    ObjectRef ref = objects.put(content);
    ByteArrayOutputStream got = new ByteArrayOutputStream();
    plain().get(ref.getSha256(), got);
    assertThat(got.toByteArray()).isEqualTo(content);

    byte[] theirs = content(200_000);
    plain().put(Objects.sha256(theirs), theirs);
    assertThat(objects.get(Objects.sha256(theirs))).isEqualTo(theirs);

    String forged = Objects.sha256("forged".getBytes(StandardCharsets.UTF_8));
    plain().put(forged, "other content".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> objects.get(forged)).hasMessageContaining("other content");
    plain().delete(ref.getSha256());
    assertThat(objects.exists(ref.getSha256())).isFalse();
    assertThat(objects.put(content)).isEqualTo(ref);
    assertThat(objects.get(ref.getSha256())).isEqualTo(content);
  }

  @Test
  void objects_passFromFileToFile() throws Exception {
    byte[] content = content(3_000_000);
    Path from = Files.write(folder.resolve("from"), content);
    ObjectRef ref = objects.put(from);
    assertThat(objects.put(from)).isEqualTo(ref);
    assertThat(ref.getSha256()).isEqualTo(Objects.sha256(content));
    assertThat(ref.getSizeBytes()).isEqualTo(content.length);
    objects.get(ref.getSha256(), folder.resolve("to"));
    assertThat(folder.resolve("to")).hasSameBinaryContentAs(from);
  }

  @Test
  void emptyContent_isAnObject() {
    ObjectRef ref = objects.put(new byte[0]);
    assertThat(objects.get(ref.getSha256())).isEmpty();
  }

  @Test
  void upload_isRefusedAsSoonAsItIsTooLarge_andLeavesNothing() throws Exception {
    byte[] piece = content(1 << 20);
    try (ObjectBucket.Upload upload = bucket.upload()) {
      for (int i = 0; i < Limits.OBJECT_BYTES / piece.length; i++) {
        upload.write(piece, 0, piece.length);
      }
      refused(ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE, () -> upload.write(piece, 0, 1));
    }
    assertThat(messages()).isZero();
  }

  @Test
  void uploadThatIsGivenUp_isNoObject() throws Exception {
    byte[] content = content(400_000);
    try (ObjectBucket.Upload upload = bucket.upload()) {
      upload.write(content, 0, content.length);
      assertThat(upload.written().getSha256()).isEqualTo(Objects.sha256(content));
    }
    assertThat(bucket.find(Objects.sha256(content))).isEmpty();
    assertThat(bucket.next(0)).isEmpty();
  }

  @Test
  void piecesOfACrashedUpload_areDroppedOnceTheyAreOld() throws Exception {
    ObjectRef whole = objects.put(content(300_000));
    ObjectBucket.Upload crashed = bucket.upload();
    crashed.write(content(1_000_000), 0, 1_000_000);
    long withRest = messages();
    assertThat(bucket.dropUnfinished(Instant.now().minus(Duration.ofHours(1)))).isZero();
    assertThat(messages()).isGreaterThanOrEqualTo(withRest);
    assertThat(bucket.dropUnfinished(Instant.now().plus(Duration.ofHours(1)))).isEqualTo(1);
    assertThat(objects.get(whole.getSha256())).hasSize(300_000);
    assertThat(bucket.dropUnfinished(Instant.now().plus(Duration.ofHours(1)))).isZero();
  }

  @Test
  void everyObject_isListedOnce_andForeignOnesAreLeftAlone() throws Exception {
    List<String> put = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      put.add(objects.put(content(i)).getSha256());
    }
    plain().put("notes.txt", "not ours".getBytes(StandardCharsets.UTF_8));
    objects.put(content(1)); // renewed: it has another place now
    List<String> listed = new ArrayList<>();
    for (Optional<ObjectBucket.Kept> next = bucket.next(0); next.isPresent(); next = bucket.next(next.get().sequence())) {
      listed.add(next.get().sha256());
    }
    assertThat(listed).containsExactlyInAnyOrderElementsOf(put);
  }

  @Test
  void object_isOnlyDeletedAsItWasSeen() {
    byte[] content = content(200_000);
    ObjectRef ref = objects.put(content);
    ObjectBucket.Kept seen = bucket.find(ref.getSha256()).orElseThrow();
    objects.put(content); // by somebody else
    assertThat(bucket.delete(seen)).isFalse();
    assertThat(bucket.renew(seen)).isFalse();
    assertThat(objects.get(ref.getSha256())).isEqualTo(content);

    ObjectBucket.Kept now = bucket.find(ref.getSha256()).orElseThrow();
    assertThat(now.modified()).isAfterOrEqualTo(seen.modified());
    assertThat(bucket.delete(now)).isTrue();
    assertThat(bucket.delete(now)).isFalse();
    assertThat(bucket.renew(now)).isFalse();
    refused(ErrorCode.ERROR_CODE_OBJECT_NOT_FOUND, () -> bucket.open(ref.getSha256()));
  }

  @Test
  void objectThatIsTakenAwayWhileItIsRead_endsTheDownload() {
    ObjectRef ref = objects.put(content(600_000));
    ObjectBucket.Download download = bucket.open(ref.getSha256());
    assertThat(download.next()).isPresent();
    assertThat(bucket.delete(bucket.find(ref.getSha256()).orElseThrow())).isTrue();
    refused(ErrorCode.ERROR_CODE_OBJECT_NOT_FOUND, download::next);
  }

  @Test
  void nothing_isThereBeforeTheStoreIsMade() {
    assertThat(bucket.find("ab".repeat(32))).isEmpty();
    assertThat(bucket.next(0)).isEmpty();
    assertThat(bucket.dropUnfinished(Instant.now())).isZero();
  }
}
