package io.infrafabric.kit.grpc;

import io.infrafabric.access.AccessTable;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.auth.AccessRules;
import io.infrafabric.kit.auth.AuthMode;
import io.infrafabric.kit.auth.AuthSettings;
import io.infrafabric.kit.auth.AuthWitness;
import io.infrafabric.kit.auth.CallRates;
import io.infrafabric.kit.auth.KeyRing;
import io.infrafabric.kit.auth.Principal;
import io.infrafabric.kit.auth.RateLimit;
import io.infrafabric.kit.auth.RefusalListener;
import io.infrafabric.kit.auth.RevokedTokens;
import io.infrafabric.kit.auth.TokenRules;
import io.infrafabric.kit.auth.TokenVerifier;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.telemetry.Metrics;
import io.netty.handler.ssl.SslContext;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What stands at all doors of a service: the guard, and TLS at that of gRPC. Files are looked at again every few seconds. */
public final class Doors implements AutoCloseable {
  private static final Duration LOOK = Duration.ofSeconds(2);
  private static final Logger LOG = LoggerFactory.getLogger(Doors.class);

  private final boolean reflection;
  private final Optional<AccessGuard> guard;
  private final Optional<TokenVerifier> verifier;
  private final Optional<KeyRing> ring;
  private final RevokedTokens revoked;
  private final TlsIdentity tls;
  private final Periodic look;

  private Doors(
      String service, boolean reflection, Optional<AccessGuard> guard, Optional<TokenVerifier> verifier, Optional<KeyRing> ring, RevokedTokens revoked, TlsIdentity tls) {
    this.reflection = reflection;
    this.guard = guard;
    this.verifier = verifier;
    this.ring = ring;
    this.revoked = revoked;
    this.tls = tls;
    this.look = Periodic.start("doors-" + service, LOOK, this::look);
  }

  /**
   * The doors of a service.
   *
   * @param service such as coordinator
   * @param instance names the process in facts
   * @param bus where refusals are told
   * @param witness hears of every refusal
   * @throws IllegalArgumentException when a file of the settings cannot be used
   */
  public static Doors open(String service, String instance, DoorSettings settings, Bus bus, RefusalListener witness, Metrics metrics, InstantSource clock) {
    AuthSettings auth = settings.auth();
    TlsIdentity tls = TlsIdentity.of(settings.tls());
    Optional<KeyRing> ring = auth.keys().filter(keys -> auth.mode() == AuthMode.REQUIRED).map(KeyRing::read);
    TokenRules.Terms terms = new TokenRules.Terms(auth.audience(), auth.leeway(), auth.longest());
    RevokedTokens revoked = auth.revoked().filter(file -> ring.isPresent()).map(RevokedTokens::read).orElseGet(RevokedTokens::none);
    Optional<TokenVerifier> verifier = ring.map(keys -> new TokenVerifier(keys, revoked, terms, auth.remembered(), clock));
    Optional<CallRates> rates = Optional.of(settings.rate()).filter(rate -> rate.applies(auth.mode())).map(rate -> new CallRates(rate, System::nanoTime));
    AuthWitness told =
        new AuthWitness(service, instance, bus, metrics, new RateLimit(auth.toldPerSecond(), 1, System::nanoTime), witness, clock);
    boolean guarded = verifier.isPresent() || rates.isPresent();
    Optional<AccessGuard> guard = guarded ? Optional.of(new AccessGuard(verifier, rates, told)) : Optional.empty();
    metrics.gauge("if.auth.required", "1 where every call needs a token", () -> verifier.isPresent() ? 1 : 0);
    verifier.ifPresent(one -> metrics.gauge("if.auth.remembered", "Verified tokens that are remembered", one::remembered));
    metrics.gauge("if.auth.revoked", "Tokens that are named as not to be believed any more", revoked::size);
    rates.ifPresent(one -> metrics.gauge("if.rate.callers", "Callers whose calls are counted", one::callers));
    say(service, settings);
    return new Doors(service, auth.mode() == AuthMode.OFF || auth.openReflection(), guard, verifier, ring, revoked, tls);
  }

  private static void say(String service, DoorSettings settings) {
    boolean encrypted = settings.tls().cert().isPresent();
    if (settings.auth().mode() == AuthMode.OFF) {
      LOG.atWarn()
          .addKeyValue("service", service)
          .addKeyValue("tls", encrypted)
          .log("AUTHENTICATION IS OFF: whoever reaches this service may do everything (auth-mode, docs/how-to/authentication.md)");
    } else if (encrypted) {
      LOG.atInfo().addKeyValue("service", service).log("every call needs a token, over TLS 1.3");
    } else {
      LOG.atWarn().addKeyValue("service", service).log("every call needs a token, but TLS IS OFF: who listens on the way can use them (tls-cert, tls-key)");
    }
  }

  /** Looks at the files now. */
  void look() {
    ring.ifPresent(KeyRing::runOnce);
    revoked.runOnce();
    tls.runOnce();
  }

  /**
   * Why a caller may not look at a page that shows figures of the service, if so: where tokens are required it has none that is good, or one of a swarm.
   *
   * @param authorization the header; null when there is none
   */
  public Optional<Refusal> refusesLook(String authorization, String page) {
    return verifier.flatMap(
        tokens ->
            switch (tokens.verify(authorization)) {
              case TokenVerifier.Verdict.Unknown(Refusal refusal, Optional<Principal> claimed) -> Optional.of(refusal);
              case TokenVerifier.Verdict.Known(Principal caller) -> AccessRules.mayCall(caller, page, AccessTable.look());
            });
  }

  Optional<AccessGuard> guard() {
    return guard;
  }

  Optional<SslContext> tls() {
    return tls.server();
  }

  /** Whether anybody may list the methods. */
  boolean reflection() {
    return reflection;
  }

  @Override
  public void close() {
    look.close();
  }
}
