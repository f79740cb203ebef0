package io.infrafabric.kit.grpc;

import io.grpc.netty.GrpcSslContexts;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.infrafabric.kit.auth.FileStamp;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The certificate of a service and what it trusts, as contexts of TLS 1.3; new connections get what the files say now. */
final class TlsIdentity {
  private static final String[] PROTOCOLS = {"TLSv1.3"};
  private static final Logger LOG = LoggerFactory.getLogger(TlsIdentity.class);

  private final TlsSettings settings;
  private final Optional<AdvancedTlsX509KeyManager> own;
  private final Optional<FileStamp> stamp;

  private TlsIdentity(TlsSettings settings) {
    this.settings = settings;
    this.own = settings.cert().map(cert -> new AdvancedTlsX509KeyManager());
    this.stamp = settings.cert().map(FileStamp::new);
    stamp.ifPresent(FileStamp::changed);
    own.ifPresent(this::load);
  }

  /**
   * Of these files.
   *
   * @throws IllegalArgumentException when they cannot be used
   */
  static TlsIdentity of(TlsSettings settings) {
    return new TlsIdentity(settings);
  }

  /** For a server; empty when it has no certificate. */
  Optional<SslContext> server() {
    return own.map(
        manager -> {
          SslContextBuilder builder = GrpcSslContexts.configure(SslContextBuilder.forServer(manager)).protocols(PROTOCOLS);
          if (settings.clientCertificates()) {
            builder.trustManager(settings.ca().orElseThrow().toFile()).clientAuth(ClientAuth.REQUIRE);
          }
          return built(builder);
        });
  }

  /** For a client; empty when it trusts nobody, and talks plaintext. */
  Optional<SslContext> client() {
    return settings
        .ca()
        .map(
            authority -> {
              SslContextBuilder builder = GrpcSslContexts.forClient().trustManager(authority.toFile()).protocols(PROTOCOLS);
              own.ifPresent(builder::keyManager);
              return built(builder);
            });
  }

  /** Looks at the certificate; one that cannot be used leaves the one before. */
  void runOnce() {
    if (stamp.filter(FileStamp::changed).isPresent()) {
      try {
        load(own.orElseThrow());
        LOG.atInfo().addKeyValue("cert", settings.cert().orElseThrow()).log("the certificate has changed");
      } catch (IllegalArgumentException notYet) {
        LOG.atError().addKeyValue("reason", notYet.getMessage()).log("the certificate stays what it was");
      }
    }
  }

  private void load(AdvancedTlsX509KeyManager manager) {
    Path cert = settings.cert().orElseThrow();
    Path key = settings.key().orElseThrow();
    try {
      manager.updateIdentityCredentials(cert.toFile(), key.toFile());
    } catch (IOException | GeneralSecurityException | RuntimeException unusable) {
      // What is in the file stays out of texts.
      throw new IllegalArgumentException("%s and %s are not a certificate and its key (%s)".formatted(cert, key, unusable.getClass().getSimpleName()));
    }
  }

  private static SslContext built(SslContextBuilder builder) {
    try {
      return builder.build();
    } catch (SSLException | RuntimeException unusable) {
      throw new IllegalArgumentException("TLS cannot be set up: " + unusable.getMessage(), unusable);
    }
  }
}
