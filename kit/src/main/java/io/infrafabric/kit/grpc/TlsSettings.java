package io.infrafabric.kit.grpc;

import io.infrafabric.kit.config.Doc;
import io.infrafabric.kit.config.Default;
import java.nio.file.Path;
import java.util.Optional;

/**
 * TLS 1.3 and nothing older: as a server with a certificate and its key, as a client with the authority that is trusted; plaintext without
 * them. May stand as a component in a record of settings.
 */
public record TlsSettings(
    @Doc("Certificate chain of this service, PEM; read again when it changes.") Optional<Path> cert,
    @Doc("Its private key, PEM, PKCS #8.") Optional<Path> key,
    @Doc("Certificates of the authorities that services (and, where asked for, clients) are trusted by, PEM.") Optional<Path> ca,
    @Default("false") @Doc("Whether clients must have a certificate of tls-ca, too.") boolean clientCertificates) {
  /** Refuses half of a pair. */
  public TlsSettings {
    if (cert.isPresent() != key.isPresent()) {
      throw new IllegalArgumentException("tls-cert and tls-key belong together");
    }
    if (clientCertificates && (ca.isEmpty() || cert.isEmpty())) {
      throw new IllegalArgumentException("tls-client-certificates needs tls-cert, tls-key and tls-ca");
    }
  }

  /** Plaintext. */
  public static TlsSettings none() {
    return new TlsSettings(Optional.empty(), Optional.empty(), Optional.empty(), false);
  }

  /** For a client that trusts this authority. */
  public static TlsSettings trusting(Path authority) {
    return new TlsSettings(Optional.empty(), Optional.empty(), Optional.of(authority), false);
  }
}
