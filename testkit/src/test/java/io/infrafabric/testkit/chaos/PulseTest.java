package io.infrafabric.testkit.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.kit.grpc.GrpcServer;
import io.infrafabric.testkit.Backends;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import org.junit.jupiter.api.Test;

class PulseTest {
  @Test
  void serverThatTakesTheConnectionAndSaysNothing_hasNone() throws IOException {
    try (ServerSocket frozen = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
      assertThat(Pulse.answers(frozen.getLocalPort(), Pulse.HTTP2)).isFalse();
    }
  }

  @Test
  void serverThatIsGone_hasNone() throws IOException {
    ServerSocket gone = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
    gone.close();
    assertThat(Pulse.answers(gone.getLocalPort(), Pulse.HTTP2)).isFalse();
  }

  @Test
  void serversThatLive_haveOne() {
    try (GrpcServer server = GrpcServer.Builder.of("pulse").build().start()) {
      assertThat(Pulse.answers(server.port(), Pulse.HTTP2)).isTrue();
    }
    assertThat(Pulse.answers(URI.create(Backends.etcd()).getPort(), Pulse.HTTP1)).isTrue();
    assertThat(Pulse.answers(URI.create(Backends.nats()).getPort(), Pulse.NOTHING)).isTrue();
  }
}
