package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.cli.fabric.RequestStream;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ObjectServiceGrpc;
import io.infrafabric.coordinator.v1.PutObjectRequest;
import io.infrafabric.coordinator.v1.PutObjectResponse;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.names.Limits;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The largest result there can be goes in and comes out over gRPC and NATS, through services whose heap it would not fit into. */
class LargestResultTest {
  private static final int HEAP_MEGABYTES = 56;
  private static final int PIECE_BYTES = 256 * 1024;
  private static final String SKILL = "large:result";
  private static final String TOO_MUCH = "67108865 bytes or more, above the 67108864 of an object";

  @TempDir Path folder;

  @Test
  void largestResult_comesBackByteForByte_andOneByteMoreIsRefused() throws Exception {
    Path result = folder.resolve("result");
    String sha256 = write(result);
    try (RunningFabric fabric = RunningFabric.startWithHeap(HEAP_MEGABYTES)) {
      assertSmallHeap(fabric.fabric().coordinators().getFirst().pid());
      FabricClient client = fabric.client();
      Ifctl ifctl = new Ifctl(fabric);
      client.register("large", 0, 2, SKILL);
      String session = client.open("large", Duration.ofMinutes(5));

      Ifctl.Result completed = complete(ifctl, claim(client, "whole", session), result);
      assertThat(completed.exitCode()).as(completed.talk()).isZero();
      Task whole = client.task("whole");
      assertThat(whole.getCompleted().getResultObject().getSha256()).isEqualTo(sha256);
      assertThat(whole.getCompleted().getResultObject().getSizeBytes()).isEqualTo(Limits.OBJECT_BYTES);
      Path back = folder.resolve("back");
      Ifctl.Result fetched = ifctl.call("task", "result", "whole", "--to", back.toString());
      assertThat(fetched.exitCode()).as(fetched.talk()).isZero();
      assertThat(sha256(back)).isEqualTo(sha256);

      Claim tooMuch = claim(client, "too-much", session);
      Files.write(result, new byte[1], StandardOpenOption.APPEND);
      Ifctl.Result refused = complete(ifctl, tooMuch, result);
      assertThat(refused.exitCode()).as(refused.talk()).isEqualTo(2);
      assertThat(refused.talk()).contains(TOO_MUCH).contains("PAYLOAD_TOO_LARGE");
      Refusal byTheService = Refused.by(() -> upload(client, result));
      assertThat(byTheService.code()).isEqualTo(ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE);
      assertThat(byTheService.message()).contains(TOO_MUCH);
      assertThat(client.task("too-much").getClaimed().getFence()).as("nothing has changed").isEqualTo(tooMuch.getFence());
    }
  }

  /** As a caller does that counts nothing and announces nothing. */
  private static Object upload(FabricClient client, Path file) {
    RequestStream<PutObjectRequest, PutObjectResponse> stream = new RequestStream<>("the upload");
    ObjectServiceGrpc.newStub(client.coordinator()).putObject(stream);
    byte[] piece = new byte[PIECE_BYTES];
    boolean going = stream.send(PutObjectRequest.newBuilder().setRequestId(FabricClient.request()).build());
    try (InputStream in = Files.newInputStream(file)) {
      for (int length = in.read(piece); going && length >= 0; length = in.read(piece)) {
        going = stream.send(PutObjectRequest.newBuilder().setData(ByteString.copyFrom(piece, 0, length)).build());
      }
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
    return stream.answer(); // though the stream has not ended
  }

  private static Claim claim(FabricClient client, String task, String session) {
    client.submit(TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(SKILL).build());
    return client.claim(task, "large", session);
  }

  private static Ifctl.Result complete(Ifctl ifctl, Claim claim, Path result) throws Exception {
    return ifctl.call("task", "complete", claim.getTaskId(), "--swarm", "large", "--fence", Long.toString(claim.getFence()), "--result-file", result.toString());
  }

  /** The last of two flags counts. */
  private static void assertSmallHeap(long pid) throws IOException {
    String command = Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"));
    assertThat(command.substring(command.lastIndexOf("-Xmx"))).startsWith("-Xmx" + HEAP_MEGABYTES + "m\0");
    assertThat(HEAP_MEGABYTES * (1L << 20)).isLessThan(Limits.OBJECT_BYTES);
  }

  /** Writes as much as may be of what does not compress; its SHA-256. */
  private static String write(Path file) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    Random random = new Random(64);
    byte[] piece = new byte[1 << 20];
    try (OutputStream out = new DigestOutputStream(Files.newOutputStream(file), digest)) {
      for (long written = 0; written < Limits.OBJECT_BYTES; written += piece.length) {
        random.nextBytes(piece);
        out.write(piece);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static String sha256(Path file) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    byte[] piece = new byte[1 << 20];
    try (InputStream in = Files.newInputStream(file)) {
      for (int length = in.read(piece); length >= 0; length = in.read(piece)) {
        digest.update(piece, 0, length);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
