package io.infrafabric.kit.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.SessionServiceGrpc;
import io.infrafabric.error.Refusal;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;

/** What a client hears when the other side resets the stream of its call, over a real connection. */
class BrokenStreamTest {
  private static final int PREFACE_BYTES = 24;
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int INTERNAL_ERROR = 2;

  /** Takes one connection and resets each stream when a frame of the kind has come on it. */
  private static void resetStreams(ServerSocket server, int kind) {
    try (Socket connection = server.accept()) {
      DataInputStream in = new DataInputStream(connection.getInputStream());
      DataOutputStream out = new DataOutputStream(connection.getOutputStream());
      in.readNBytes(PREFACE_BYTES);
      frame(out, SETTINGS, 0, new byte[0]);
      while (true) {
        int length = (in.readUnsignedShort() << 8) + in.readUnsignedByte();
        int type = in.readUnsignedByte();
        in.readUnsignedByte();
        int stream = in.readInt();
        in.readNBytes(length);
        if (type == kind) {
          frame(out, RST_STREAM, stream, new byte[] {0, 0, 0, INTERNAL_ERROR});
        }
      }
    } catch (IOException closed) {
      // the client has heard what it came for
    }
  }

  private static void frame(DataOutputStream out, int type, int stream, byte[] payload) throws IOException {
    out.write(new byte[] {0, 0, (byte) payload.length, (byte) type, 0});
    out.writeInt(stream);
    out.write(payload);
    out.flush();
  }

  private static Throwable call(int kind) throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> resetStreams(server, kind));
      try (GrpcClient client = GrpcClient.channel("127.0.0.1:" + server.getLocalPort())) {
        return catchThrowable(() -> SessionServiceGrpc.newBlockingStub(client.channel()).openSession(OpenSessionRequest.newBuilder().setSwarmId("fox").build()));
      }
    }
  }

  @Test
  void streamThatIsResetUnderACall_leavesTheOutcomeUnknown() throws Exception {
    Throwable failure = call(DATA);
    assertThat(((StatusRuntimeException) failure).getStatus().getCode()).as("what gRPC calls it").isEqualTo(Status.Code.INTERNAL);
    assertThat(Errors.refusalOf(failure)).map(Refusal::code).contains(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN);
  }

  @Test
  void streamThatIsResetBeforeItsRequest_mayBeTriedAgain() throws Exception {
    assertThat(Errors.refusalOf(call(HEADERS))).map(Refusal::code).get().isIn(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN, ErrorCode.ERROR_CODE_UNAVAILABLE);
  }
}
