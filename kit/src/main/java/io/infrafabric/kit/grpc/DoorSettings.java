package io.infrafabric.kit.grpc;

import io.infrafabric.kit.auth.AuthMode;
import io.infrafabric.kit.auth.AuthSettings;
import io.infrafabric.kit.auth.RateSettings;
import io.infrafabric.kit.auth.RevokedTokens;
import io.infrafabric.kit.auth.SigningKey;
import io.infrafabric.kit.auth.TrustedKeys;

/** Who comes in, how often, and how the way there is protected. */
public record DoorSettings(AuthSettings auth, RateSettings rate, TlsSettings tls) {
  /**
   * Refuses, before anything is started, doors that stand open to others and files that cannot be used.
   *
   * @param host that the service listens on
   * @throws RuntimeException whose message says what is wrong, and shows nothing of a key
   */
  public void requireUsable(String host) {
    auth.requireSafe(host);
    auth.keys().filter(file -> auth.mode() == AuthMode.REQUIRED).ifPresent(TrustedKeys::read);
    auth.revoked().filter(file -> auth.mode() == AuthMode.REQUIRED).ifPresent(RevokedTokens::read);
    auth.signingKey().ifPresent(SigningKey::read);
    TlsIdentity identity = TlsIdentity.of(tls);
    identity.server();
    identity.client();
  }
}
