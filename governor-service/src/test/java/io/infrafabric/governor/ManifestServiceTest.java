package io.infrafabric.governor;

import static io.infrafabric.governor.GovernorFixture.refusalOf;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.governor.match.MatchSettings;
import io.infrafabric.governor.registry.ManifestSettings;
import io.infrafabric.governor.registry.PriceList;
import io.infrafabric.governor.registry.SignatureMode;
import io.infrafabric.governor.v1.GetSwarmRequest;
import io.infrafabric.governor.v1.ListManifestsRequest;
import io.infrafabric.governor.v1.ListSwarmsRequest;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.ManifestVersion;
import io.infrafabric.governor.v1.RegisterSwarmRequest;
import io.infrafabric.governor.v1.RegisterSwarmResponse;
import io.infrafabric.kit.auth.SigningKey;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.manifest.SignedText;
import io.infrafabric.testkit.Backends;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Manifests over gRPC: their versions, and who vouches for them; the subclass says which store is behind it. */
abstract class ManifestServiceTest {
  private final String prefix = Backends.freshKeys().root();
  @TempDir private Path folder;
  private GovernorFixture governor;

  abstract Store store();

  @BeforeEach
  void start() {
    governor = new GovernorFixture(store(), prefix);
  }

  @AfterEach
  void stop() {
    governor.close();
  }

  @Test
  void register_withTheSameManifest_isNoNewVersion() {
    var first = governor.register("s1", "r1", "code:java");
    assertThat(first.getVersion()).isEqualTo(1);
    var again = governor.register("s1", "r2", "code:java");
    assertThat(again.getUnchanged()).isTrue();
    assertThat(again.getVersion()).isEqualTo(1);
    assertThat(again.getStanding()).isEqualTo(first.getStanding());
    assertThat(governor.register("s1", "r3", "code:rust").getVersion()).isEqualTo(2);
  }

  @Test
  void register_isTriedWithoutWriting() {
    RegisterSwarmRequest.Builder request = RegisterSwarmRequest.newBuilder().setRequestId("r1").setDryRun(true);
    request.getManifestBuilder().setSwarmId("s1").addCapabilities("code:java").setCostPerHourMicros(1);
    assertThat(governor.registry.registerSwarm(request.build()).getCreated()).isTrue();
    assertThat(governor.registry.listSwarms(ListSwarmsRequest.newBuilder().setIncludeUnregistered(true).build()).getStandingsList()).isEmpty();
    request.getManifestBuilder().setModel("hiaku");
    assertThat(refusalOf(() -> governor.registry.registerSwarm(request.build()))).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
  }

  @Test
  void versionsOfAManifest_areKept_theNewestSixteen() {
    for (int version = 1; version <= 20; version++) {
      assertThat(governor.register("s1", "r" + version, "code:java", "version:v" + version).getVersion()).isEqualTo(version);
    }
    governor.register("s2", "r1", "code:java");
    var versions = governor.registry.listManifests(ListManifestsRequest.newBuilder().setSwarmId("s1").build()).getVersionsList();
    assertThat(versions).extracting(ManifestVersion::getVersion).containsExactly(20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5);
    assertThat(versions).allSatisfy(version -> assertThat(version.getManifest().getCapabilities(1)).isEqualTo("version:v" + version.getVersion()));
    assertThat(versions).extracting(ManifestVersion::getRequestId).startsWith("r20", "r19");
    assertThat(versions).extracting(ManifestVersion::getDigest).doesNotHaveDuplicates().allMatch(digest -> digest.matches("[0-9a-f]{64}"));
    assertThat(versions).allMatch(ManifestVersion::hasRegisteredAt);
    assertThat(governor.registry.listManifests(ListManifestsRequest.newBuilder().setSwarmId("s2").build()).getVersionsCount()).isEqualTo(1);
    assertThat(refusalOf(() -> governor.registry.listManifests(ListManifestsRequest.newBuilder().setSwarmId("s3").build())))
        .isEqualTo(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND);
  }

  /** G16: unsigned, unknown, tampered with and older ones are refused, and each is told as a fact. */
  @Test
  void whereSignaturesAreRequired_onlySignedManifestsAreRegistered() throws Exception {
    governor.close();
    Path keys = Files.writeString(folder.resolve("manifest.keys"), "k1 s* " + SigningKey.generate("k1", folder.resolve("k1.pem")) + "\n");
    SigningKey key = SigningKey.read(folder.resolve("k1.pem"));
    SigningKey.generate("k2", folder.resolve("k2.pem"));
    ManifestSettings required = new ManifestSettings(SignatureMode.REQUIRED, Optional.of(keys), List.of(PriceList.DEFAULT.split(",")));
    governor = new GovernorFixture(store(), prefix, Telemetry.none(), required, MatchSettings.defaults());

    Manifest first = manifest("s1", 1);
    assertThat(refusalOf(() -> register("r1", first))).isEqualTo(ErrorCode.ERROR_CODE_MANIFEST_UNSIGNED);
    assertThat(refusalOf(() -> register("r1", signed(first, SigningKey.read(folder.resolve("k2.pem")))))).isEqualTo(ErrorCode.ERROR_CODE_MANIFEST_KEY_UNTRUSTED);
    assertThat(refusalOf(() -> register("r1", signed(manifest("t1", 1), key)))).isEqualTo(ErrorCode.ERROR_CODE_MANIFEST_KEY_UNTRUSTED);
    Manifest tampered = signed(first, key).toBuilder().setCostPerHourMicros(1).build();
    assertThat(refusalOf(() -> register("r1", tampered))).isEqualTo(ErrorCode.ERROR_CODE_MANIFEST_SIGNATURE_INVALID);

    assertThat(register("r1", signed(first, key)).getCreated()).isTrue();
    assertThat(register("r2", signed(manifest("s1", 2), key)).getVersion()).isEqualTo(2);
    assertThat(governor.registry.getSwarm(GetSwarmRequest.newBuilder().setSwarmId("s1").build()).getSignedBy()).isEqualTo("k1");
    assertThat(refusalOf(() -> register("r3", signed(first, key)))).as("an older one, however well signed").isEqualTo(ErrorCode.ERROR_CODE_MANIFEST_OUTDATED);
    assertThat(governor.published.stream().filter(message -> message.subject().startsWith("if.v1.event.manifest.rejected.")).map(message -> reason(message.body())))
        .containsExactly(
            "MANIFEST_UNSIGNED", "MANIFEST_KEY_UNTRUSTED", "MANIFEST_KEY_UNTRUSTED", "MANIFEST_SIGNATURE_INVALID", "MANIFEST_OUTDATED");
  }

  private static String reason(ByteString fact) {
    return fact.toStringUtf8().replaceAll(".*\"reason\":\"([A-Z_]+)\".*", "$1");
  }

  private RegisterSwarmResponse register(String requestId, Manifest manifest) {
    return governor.registry.registerSwarm(RegisterSwarmRequest.newBuilder().setRequestId(requestId).setManifest(manifest).build());
  }

  private static Manifest manifest(String swarm, int version) {
    return Manifest.newBuilder().setSwarmId(swarm).addCapabilities("code:java").setModel("haiku").setCostPerHourMicros(2_000_000).setManifestVersion(version).build();
  }

  private static Manifest signed(Manifest manifest, SigningKey key) {
    Manifest.Builder signed = manifest.toBuilder();
    byte[] seal = key.seal(SignedText.PURPOSE, SignedText.of(manifest).getBytes(StandardCharsets.UTF_8));
    signed.getSignatureBuilder().setKeyId(key.id()).setSignature(ByteString.copyFrom(seal));
    return signed.build();
  }
}
