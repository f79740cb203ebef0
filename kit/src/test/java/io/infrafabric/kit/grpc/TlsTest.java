package io.infrafabric.kit.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.grpc.StatusRuntimeException;
import io.infrafabric.access.Role;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.auth.AuthSettings;
import io.infrafabric.kit.auth.RateSettings;
import io.infrafabric.kit.auth.RefusalListener;
import io.infrafabric.kit.auth.Tokens;
import io.infrafabric.kit.telemetry.Telemetry;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir static Path folder;
  private static Certificates service;
  private static Certificates client;
  private static Path both;
  private static Tokens tokens;
  private Path cert;
  private Path key;
  private Doors doors;
  private GrpcServer server;

  @BeforeAll
  static void make() throws Exception {
    service = Certificates.make(folder, "service");
    client = Certificates.make(folder, "client");
    both = Files.writeString(folder.resolve("both.crt"), Files.readString(service.cert()) + Files.readString(client.cert()));
    tokens = new Tokens(folder);
  }

  @BeforeEach
  void copy() throws Exception {
    cert = Files.copy(service.cert(), folder.resolve("served.crt"), StandardCopyOption.REPLACE_EXISTING);
    key = Files.copy(service.key(), folder.resolve("served.key"), StandardCopyOption.REPLACE_EXISTING);
  }

  @AfterEach
  void close() {
    if (server != null) {
      server.close();
      doors.close();
    }
  }

  private void start(boolean clientCertificates) {
    TlsSettings tls = new TlsSettings(Optional.of(cert), Optional.of(key), Optional.of(both), clientCertificates);
    doors =
        Doors.open(
            "test", "test-1", new DoorSettings(AuthSettings.off().required(tokens.trusted()), RateSettings.defaults(), tls), new ToldBus(), RefusalListener.NONE, Telemetry.none().metrics(), InstantSource.system());
    server = GrpcServer.Builder.of("test").limits(GrpcLimits.defaults().withDrain(Duration.ofMillis(300))).service(new WorkStub()).doors(doors).build().start();
  }

  private String call(TlsSettings tls) {
    String token = tokens.token("a", Role.SWARM);
    try (GrpcClient client = GrpcClient.channel(server.target(), Duration.ofSeconds(3), new CallerIdentity(tls, () -> Optional.of(token)))) {
      return ClaimServiceGrpc.newBlockingStub(client.channel()).claimNext(ClaimNextRequest.newBuilder().setSwarmId("a").build()).getClaim().getTaskId();
    }
  }

  private Refusal refused(TlsSettings tls) {
    Throwable failure = catchThrowable(() -> call(tls));
    assertThat(failure).isInstanceOf(StatusRuntimeException.class);
    return Errors.refusalOf(failure).orElseThrow();
  }

  @Test
  void tokens_goOverTls_andOverNothingElse() {
    start(false);
    assertThat(call(TlsSettings.trusting(service.cert()))).isEqualTo("a");
    assertThat(refused(TlsSettings.none()).reason()).isIn("UNAVAILABLE", "OUTCOME_UNKNOWN", "DEADLINE_EXCEEDED");
    assertThat(refused(TlsSettings.trusting(client.cert())).reason()).as("another authority").isIn("UNAVAILABLE", "DEADLINE_EXCEEDED");
  }

  @Test
  void tls13_isTheOldestThatIsSpoken() throws Exception {
    start(false);
    assertThat(handshake("TLSv1.3").getProtocol()).isEqualTo("TLSv1.3");
    assertThatThrownBy(() -> handshake("TLSv1.2")).isInstanceOf(IOException.class);
  }

  @Test
  void aNewCertificate_isUsedWithoutARestart_andABrokenOneIsNot() throws Exception {
    start(false);
    BigInteger before = serial();
    Files.copy(client.key(), key, StandardCopyOption.REPLACE_EXISTING);
    Files.copy(client.cert(), cert, StandardCopyOption.REPLACE_EXISTING);
    await().atMost(SOON).until(() -> !serial().equals(before));
    assertThat(call(TlsSettings.trusting(client.cert()))).isEqualTo("a");

    BigInteger now = serial();
    Files.writeString(cert, "broken");
    doors.look();
    assertThat(serial()).isEqualTo(now);
  }

  @Test
  void clients_showACertificate_whereThatIsWanted() {
    start(true);
    assertThat(refused(TlsSettings.trusting(service.cert())).reason()).isIn("UNAVAILABLE", "OUTCOME_UNKNOWN", "DEADLINE_EXCEEDED");
    assertThat(call(new TlsSettings(Optional.of(client.cert()), Optional.of(client.key()), Optional.of(service.cert()), false))).isEqualTo("a");
  }

  @Test
  void halfOfAPair_isRefused() {
    assertThatThrownBy(() -> new TlsSettings(Optional.of(cert), Optional.empty(), Optional.empty(), false)).hasMessageContaining("belong together");
    assertThatThrownBy(() -> new TlsSettings(Optional.empty(), Optional.empty(), Optional.empty(), true)).hasMessageContaining("tls-client-certificates");
    TlsSettings wrong = new TlsSettings(Optional.of(cert), Optional.of(cert), Optional.empty(), false);
    assertThatThrownBy(() -> TlsIdentity.of(wrong)).hasMessageContaining("are not a certificate and its key");
  }

  private BigInteger serial() throws Exception {
    return ((X509Certificate) handshake("TLSv1.3").getPeerCertificates()[0]).getSerialNumber();
  }

  /** What a connection negotiates that speaks one version of TLS only. */
  private SSLSession handshake(String protocol) throws Exception {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    try (var in = Files.newInputStream(both)) {
      for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        trusted.setCertificateEntry("trusted-" + trusted.size(), one);
      }
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", server.port())) {
      socket.setEnabledProtocols(new String[] {protocol});
      var parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2"});
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return socket.getSession();
    }
  }
}
