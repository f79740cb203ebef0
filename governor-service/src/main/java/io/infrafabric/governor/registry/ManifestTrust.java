package io.infrafabric.governor.registry;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.ManifestSignature;
import io.infrafabric.manifest.SignedText;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Whether somebody who may vouches for a manifest (spec G16). */
final class ManifestTrust {
  private final SignatureMode mode;
  private final Supplier<ManifestKeys> keys;

  /** What is found. */
  sealed interface Verdict {
    /**
     * It may be registered.
     *
     * @param signedBy the key whose signature is good; empty when none was looked at
     * @param strict whether one without a signature may not replace one with it
     * @param notes what is to be said of it, in words
     */
    record Trusted(String signedBy, boolean strict, List<String> notes) implements Verdict {}

    /** It may not. */
    record Refused(Refusal refusal) implements Verdict {}
  }

  /**
   * @param keys asked only where signatures matter
   */
  ManifestTrust(SignatureMode mode, Supplier<ManifestKeys> keys) {
    this.mode = mode;
    this.keys = keys;
  }

  /** Judges a manifest whose fields are well. */
  Verdict judge(Manifest manifest) {
    if (mode == SignatureMode.OFF) {
      return new Verdict.Trusted(
          "", false, manifest.hasSignature() ? List.of("the signature is not looked at: manifest-signatures is off") : List.of());
    }
    if (!manifest.hasSignature()) {
      return mode == SignatureMode.REQUIRED ? new Verdict.Refused(unsigned(manifest.getSwarmId())) : new Verdict.Trusted("", true, List.of());
    }
    ManifestSignature signature = manifest.getSignature();
    Optional<ManifestKeys.Key> key = keys.get().find(signature.getKeyId());
    if (key.isEmpty() || !key.get().isFor(manifest.getSwarmId())) {
      return new Verdict.Refused(untrusted(manifest, key.isPresent()));
    }
    byte[] content = SignedText.of(manifest).getBytes(StandardCharsets.UTF_8);
    return key.get().seal().verifies(SignedText.PURPOSE, content, signature.getSignature().toByteArray())
        ? new Verdict.Trusted(signature.getKeyId(), true, List.of())
        : new Verdict.Refused(invalid(manifest));
  }

  static Refusal unsigned(String swarm) {
    return Refusal.of(ErrorCode.ERROR_CODE_MANIFEST_UNSIGNED, "the manifest of swarm %s has no signature, and it needs one".formatted(swarm))
        .with("swarm_id", swarm)
        .withField("manifest.signature", "ifctl swarm sign makes it");
  }

  private static Refusal untrusted(Manifest manifest, boolean known) {
    String key = manifest.getSignature().getKeyId();
    String why = known ? "may not vouch for swarm " + manifest.getSwarmId() : "is not in the governor's file of keys";
    return refusal(ErrorCode.ERROR_CODE_MANIFEST_KEY_UNTRUSTED, manifest, "key %s, which has signed the manifest of swarm %s, %s".formatted(key, manifest.getSwarmId(), why))
        .withField("manifest.signature.key_id", "a key that may vouch for the swarm");
  }

  private static Refusal invalid(Manifest manifest) {
    return refusal(
            ErrorCode.ERROR_CODE_MANIFEST_SIGNATURE_INVALID,
            manifest,
            "the signature of the manifest of swarm %s is not one of key %s over what it says now"
                .formatted(manifest.getSwarmId(), manifest.getSignature().getKeyId()))
        .with("digest", SignedText.digest(manifest))
        .withField("manifest.signature.signature", "one over the manifest as it is");
  }

  private static Refusal refusal(ErrorCode code, Manifest manifest, String message) {
    return Refusal.of(code, message).with("swarm_id", manifest.getSwarmId()).with("key_id", manifest.getSignature().getKeyId());
  }
}
