package io.infrafabric.governor.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.registry.ManifestTrust.Verdict;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.ManifestSignature;
import io.infrafabric.kit.auth.SigningKey;
import io.infrafabric.manifest.SignedText;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestTrustTest {
  @TempDir static Path folder;
  private static SigningKey release;
  private static String releaseLine;
  private static ManifestKeys keys;

  @BeforeAll
  static void makeKeys() {
    releaseLine = "release-1 session-*,lone " + SigningKey.generate("release-1", folder.resolve("release.pem"));
    release = SigningKey.read(folder.resolve("release.pem"));
    keys = ManifestKeys.parse("keys", "# who may\n\n" + releaseLine + " # the release\n");
  }

  @Test
  void signedByATrustedKey_isTrusted() {
    assertThat(judge(SignatureMode.VERIFY, signed(manifest()))).isEqualTo(new Verdict.Trusted("release-1", true, List.of()));
    assertThat(judge(SignatureMode.REQUIRED, signed(manifest()))).isEqualTo(new Verdict.Trusted("release-1", true, List.of()));
    assertThat(judge(SignatureMode.REQUIRED, signed(manifest().toBuilder().setSwarmId("lone").build()))).isInstanceOf(Verdict.Trusted.class);
  }

  /** G16: tamper one byte. */
  @Test
  void everyChangedByteOfTheSignature_andEveryChangedField_isRefused() {
    Manifest signed = signed(manifest());
    byte[] signature = signed.getSignature().getSignature().toByteArray();
    for (int i = 0; i < signature.length; i++) {
      signature[i] ^= 1;
      assertThat(refused(withSignature(signed, signature))).as("byte %d", i).isEqualTo(ErrorCode.ERROR_CODE_MANIFEST_SIGNATURE_INVALID);
      signature[i] ^= 1;
    }
    for (Manifest changed :
        List.of(
            signed.toBuilder().setSwarmId("session-2").build(),
            signed.toBuilder().setCostPerHourMicros(1_999_999).build(),
            signed.toBuilder().addCapabilities("code:rust").build(),
            signed.toBuilder().setManifestVersion(2).build(),
            signed.toBuilder().putLabels("a", "b").build())) {
      assertThat(refused(changed)).isEqualTo(ErrorCode.ERROR_CODE_MANIFEST_SIGNATURE_INVALID);
    }
  }

  @Test
  void whatIsIgnoredOfAManifest_doesNotSpoilItsSignature() {
    Manifest signed = signed(manifest());
    assertThat(judge(SignatureMode.REQUIRED, signed.toBuilder().setReputation("1.0").setMaxConcurrent(3).build())).isInstanceOf(Verdict.Trusted.class);
  }

  @Test
  void unknownKey_andKeyForOtherSwarms_areRefused() {
    Manifest unknown = signed(manifest()).toBuilder().setSignature(signed(manifest()).getSignature().toBuilder().setKeyId("release-2")).build();
    assertThat(refused(unknown)).isEqualTo(ErrorCode.ERROR_CODE_MANIFEST_KEY_UNTRUSTED);
    assertThat(refused(signed(manifest().toBuilder().setSwarmId("other").build()))).isEqualTo(ErrorCode.ERROR_CODE_MANIFEST_KEY_UNTRUSTED);
    assertThat(refused(signed(manifest().toBuilder().setSwarmId("lonely").build()))).isEqualTo(ErrorCode.ERROR_CODE_MANIFEST_KEY_UNTRUSTED);
  }

  @Test
  void unsigned_isRefusedWhereSignaturesAreRequired_only() {
    assertThat(refused(manifest())).isEqualTo(ErrorCode.ERROR_CODE_MANIFEST_UNSIGNED);
    assertThat(judge(SignatureMode.VERIFY, manifest())).isEqualTo(new Verdict.Trusted("", true, List.of()));
    assertThat(judge(SignatureMode.OFF, manifest())).isEqualTo(new Verdict.Trusted("", false, List.of()));
  }

  @Test
  void whereSignaturesAreOff_aSignatureIsNotLookedAt_andThatIsSaid() {
    Verdict verdict = new ManifestTrust(SignatureMode.OFF, () -> null).judge(withSignature(signed(manifest()), new byte[64]));
    assertThat(((Verdict.Trusted) verdict).notes()).singleElement().asString().contains("not looked at");
  }

  @Test
  void signatureOfAToken_isNoneOfAManifest() {
    Manifest manifest = manifest();
    ByteString other = ByteString.copyFrom(release.seal("infrafabric other v1", SignedText.of(manifest).getBytes(StandardCharsets.UTF_8)));
    assertThat(refused(withSignature(signed(manifest), other.toByteArray()))).isEqualTo(ErrorCode.ERROR_CODE_MANIFEST_SIGNATURE_INVALID);
    assertThatThrownBy(() -> release.seal("jwt", new byte[0])).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing", "k1 *", "k1 * AAAA", "K1 * KEY", "k1 a.b KEY", "k1 -* KEY", "k1 * KEY\nk1 * KEY", "k1 *a KEY"})
  void malformedFileOfKeys_isRefused(String text) {
    String key = releaseLine.substring(releaseLine.lastIndexOf(' ') + 1);
    assertThatThrownBy(() -> ManifestKeys.parse("keys", text.replace("KEY", key))).isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("keys");
  }

  @Test
  void fileOfKeys_isReadAgainWhenItChanges_andKeptWhenItIsSpoilt() throws Exception {
    Path file = Files.writeString(folder.resolve("manifest.keys"), releaseLine);
    ManifestKeyFile found = new ManifestKeyFile(file);
    assertThat(found.keys().find("release-2")).isEmpty();
    Files.writeString(file, releaseLine + "\n" + releaseLine.replace("release-1", "release-2") + "\n");
    found.runOnce();
    assertThat(found.keys().find("release-2")).isPresent();
    Files.writeString(file, "spoilt");
    found.runOnce();
    assertThat(found.keys().find("release-2")).isPresent();
  }

  private static ErrorCode refused(Manifest manifest) {
    Refusal refusal = ((Verdict.Refused) judge(SignatureMode.REQUIRED, manifest)).refusal();
    assertThat(refusal.metadata()).containsKey("swarm_id");
    assertThat(refusal.fields()).isNotEmpty();
    return refusal.code();
  }

  private static Verdict judge(SignatureMode mode, Manifest manifest) {
    return new ManifestTrust(mode, () -> keys).judge(manifest);
  }

  private static Manifest signed(Manifest manifest) {
    byte[] seal = release.seal(SignedText.PURPOSE, SignedText.of(manifest).getBytes(StandardCharsets.UTF_8));
    return withSignature(manifest, seal);
  }

  private static Manifest withSignature(Manifest manifest, byte[] signature) {
    return manifest.toBuilder()
        .setSignature(ManifestSignature.newBuilder().setKeyId("release-1").setSignature(ByteString.copyFrom(signature)))
        .build();
  }

  private static Manifest manifest() {
    return Manifest.newBuilder().setSwarmId("session-1").addCapabilities("code:java").setCostPerHourMicros(2_000_000).setManifestVersion(1).build();
  }
}
