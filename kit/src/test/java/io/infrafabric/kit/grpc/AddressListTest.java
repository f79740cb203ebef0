package io.infrafabric.kit.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AddressListTest {
  private GrpcClient client;

  @AfterEach
  void close() {
    if (client != null) {
      client.close();
    }
  }

  @Test
  void addresses_areReadOneByOne() {
    assertThat(AddressList.isList("a:1")).isFalse();
    assertThat(AddressList.addresses("a:1,[::1]:65535")).containsExactly(InetSocketAddress.createUnresolved("a", 1), InetSocketAddress.createUnresolved("[::1]", 65_535));
    for (String malformed : new String[] {"a:1,", "a:1,b", "a:1,:2", "a:1,b:65536", "a:1,b:x"}) {
      assertThatThrownBy(() -> AddressList.addresses(malformed)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(malformed);
    }
  }

  @Test
  void calls_goOnAtAnotherServer_whileOneIsAway_andUseItAgainWhenItIsBack() {
    int port;
    try (GrpcServer one = server(0)) {
      try (GrpcServer other = server(0)) {
        port = other.port();
        client = GrpcClient.channel(one.target() + "," + other.target());
        assertServed();
      }
      assertServed();
    }
    try (GrpcServer back = server(port)) {
      await().atMost(Duration.ofSeconds(60)).ignoreExceptions().untilAsserted(this::assertServed);
    }
  }

  private static GrpcServer server(int port) {
    return GrpcServer.Builder.of("listed").port(port).build().start();
  }

  private void assertServed() {
    for (int i = 0; i < 10; i++) {
      assertThat(HealthGrpc.newBlockingStub(client.channel()).check(HealthCheckRequest.getDefaultInstance()).getStatus()).isEqualTo(ServingStatus.SERVING);
    }
  }
}
