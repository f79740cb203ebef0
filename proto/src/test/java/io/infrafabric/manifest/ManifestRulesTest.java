package io.infrafabric.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.SkillLevel;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.Violations;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.ManifestSignature;
import io.infrafabric.governor.v1.TokenPrice;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ManifestRulesTest {
  private static final ErrorCode ARGUMENT = ErrorCode.ERROR_CODE_INVALID_ARGUMENT;

  static Stream<Arguments> invalidManifests() {
    return Stream.of(
        invalid("no id", m -> m.clearSwarmId(), ErrorCode.ERROR_CODE_INVALID_ID, "swarm_id"),
        invalid("dotted id", m -> m.setSwarmId("a.b"), ErrorCode.ERROR_CODE_INVALID_ID, "swarm_id"),
        invalid("no capability", m -> m.clearCapabilities().clearSkills(), ARGUMENT, "capabilities"),
        invalid("bare word", m -> m.addCapabilities("java"), ErrorCode.ERROR_CODE_INVALID_CAPABILITY, "capabilities[2]"),
        invalid("four tokens", m -> m.addCapabilities("a:b:c:d"), ErrorCode.ERROR_CODE_INVALID_CAPABILITY, "capabilities[2]"),
        invalid("65 capabilities", ManifestRulesTest::sixtyFive, ARGUMENT, "capabilities"),
        invalid("skill without capability", m -> m.putSkills("code:rust", SkillLevel.SKILL_LEVEL_EXPERT), ARGUMENT, "skills[code:rust]"),
        invalid("no level", m -> m.putSkills("code:java", SkillLevel.SKILL_LEVEL_UNSPECIFIED), ARGUMENT, "skills[code:java]"),
        invalid("unknown level", m -> m.putSkillsValue("code:java", 99), ARGUMENT, "skills[code:java]"),
        invalid("model with blank", m -> m.setModel("a b"), ARGUMENT, "model"),
        invalid("negative price", m -> m.setCostPerHourMicros(-1), ErrorCode.ERROR_CODE_INVALID_MONEY, "cost_per_hour_micros"),
        invalid("absurd price", m -> m.setCostPerHourMicros(1_000_000_000_000_001L), ErrorCode.ERROR_CODE_INVALID_MONEY, "cost_per_hour_micros"),
        invalid(
            "negative token prices",
            m -> m.setTokenPrice(TokenPrice.newBuilder().setInputPerMillionMicros(-1).setOutputPerMillionMicros(-1)),
            ErrorCode.ERROR_CODE_INVALID_MONEY,
            "token_price.input_per_million_micros",
            "token_price.output_per_million_micros"),
        invalid("too many claims", m -> m.setMaxConcurrent(257), ARGUMENT, "max_concurrent"),
        invalid("unsigned overflow", m -> m.setMaxConcurrent(-1), ARGUMENT, "max_concurrent"),
        invalid("long text", m -> m.setDescription("x".repeat(1_025)), ARGUMENT, "description"),
        invalid("empty label", m -> m.putLabels("", "x"), ARGUMENT, "labels"),
        invalid("account with a slash", m -> m.setAccountId("a/b"), ErrorCode.ERROR_CODE_INVALID_ID, "account_id"),
        invalid("bloom pattern in capitals", m -> m.setBloomPattern("Early"), ARGUMENT, "bloom_pattern"),
        invalid("version without end", m -> m.setManifestVersion(1_000_000_001), ARGUMENT, "manifest_version"),
        invalid("signed without a version", m -> m.clearManifestVersion(), ARGUMENT, "manifest_version"),
        invalid("signed by nobody", m -> m.getSignatureBuilder().clearKeyId(), ErrorCode.ERROR_CODE_INVALID_ID, "signature.key_id"),
        invalid("cut signature", m -> m.getSignatureBuilder().setSignature(ByteString.copyFrom(new byte[63])), ARGUMENT, "signature.signature"),
        invalid(
            "everything",
            m -> m.setSwarmId("A").addCapabilities("java").setModel("a b").setCostPerHourMicros(-1).setMaxConcurrent(-1).setBloomPattern("?"),
            ARGUMENT,
            "swarm_id",
            "capabilities[2]",
            "model",
            "cost_per_hour_micros",
            "max_concurrent",
            "bloom_pattern"));
  }

  private static void sixtyFive(Manifest.Builder manifest) {
    for (int i = 0; i < 63; i++) {
      manifest.addCapabilities("c:s" + i);
    }
  }

  private static Arguments invalid(String what, Consumer<Manifest.Builder> spoil, ErrorCode code, String... fields) {
    Manifest.Builder manifest = good().toBuilder();
    spoil.accept(manifest);
    return Arguments.of(what, manifest.build(), code, fields);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("invalidManifests")
  void check_namesEachInvalidField_allAtOnce(String what, Manifest manifest, ErrorCode code, String... fields) {
    Refusal refusal = check(manifest).orElseThrow();
    assertThat(refusal.code()).isEqualTo(code);
    assertThat(refusal.fields()).extracting(Refusal.Field::path).containsExactly(fields);
    assertThat(refusal.fields()).extracting(Refusal.Field::description).noneMatch(String::isBlank);
  }

  @Test
  void check_findsNothingWrongWithAGoodOne() {
    assertThat(check(good())).isEmpty();
    assertThat(check(good().toBuilder().clearSignature().clearManifestVersion().clearModel().build())).isEmpty();
  }

  @Test
  void check_leavesOutWhatWasNotedBefore() {
    Violations wrong = new Violations().add(ARGUMENT, "capabilities", "a list is expected").add(ARGUMENT, "max_concurrent", "not a number");
    ManifestRules.check(Manifest.newBuilder().setSwarmId("s1").setMaxConcurrent(-1).build(), "", wrong);
    assertThat(wrong.refusal("m").orElseThrow().fields()).extracting(Refusal.Field::path).containsExactly("capabilities", "max_concurrent");
  }

  @Test
  void normalize_keepsEachCapabilityOnce_writesTheDefaultOut_andLeavesReputationOut() {
    Manifest kept = ManifestRules.normalize(good().toBuilder().addCapabilities("code:java").setReputation("0.99").build());
    assertThat(kept).isEqualTo(good().toBuilder().setMaxConcurrent(3).build());
    assertThat(ManifestRules.normalize(kept)).isEqualTo(kept);
  }

  @Test
  void notes_tellWhatIsLeftOut() {
    assertThat(ManifestRules.notes(good())).isEmpty();
    assertThat(ManifestRules.notes(good().toBuilder().addCapabilities("code:java").setReputation("1.0").build()))
        .containsExactly("reputation is ignored: it is measured, and a new swarm starts at 0.700", "1 repeated capabilities are counted once");
  }

  private static Optional<Refusal> check(Manifest manifest) {
    Violations wrong = new Violations();
    ManifestRules.check(manifest, "", wrong);
    return wrong.refusal("the manifest");
  }

  private static Manifest good() {
    return Manifest.newBuilder()
        .setSwarmId("s1")
        .addCapabilities("code:java")
        .addCapabilities("docs:write")
        .putSkills("docs:write", SkillLevel.SKILL_LEVEL_ADVANCED)
        .setModel("haiku")
        .setCostPerHourMicros(2_000_000)
        .setTokenPrice(TokenPrice.newBuilder().setInputPerMillionMicros(250_000).setOutputPerMillionMicros(1_250_000))
        .setAccountId("team-a")
        .setBloomPattern("steady")
        .setManifestVersion(1)
        .setSignature(ManifestSignature.newBuilder().setKeyId("k1").setSignature(ByteString.copyFrom(new byte[64])))
        .build();
  }
}
