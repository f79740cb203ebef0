package io.infrafabric.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.SkillLevel;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.ManifestSignature;
import io.infrafabric.governor.v1.TokenPrice;
import org.junit.jupiter.api.Test;

class SignedTextTest {
  private static final Manifest MANIFEST =
      Manifest.newBuilder()
          .setSwarmId("s1")
          .addCapabilities("docs:write")
          .addCapabilities("code:java")
          .addCapabilities("docs:write")
          .putSkills("docs:write", SkillLevel.SKILL_LEVEL_EXPERT)
          .putSkills("code:java", SkillLevel.SKILL_LEVEL_NOVICE)
          .setModel("haiku")
          .setCostPerHourMicros(2_000_000)
          .setTokenPrice(TokenPrice.newBuilder().setInputPerMillionMicros(250_000))
          .setDescription("says \"hi\"\n\u0001\u2028é")
          .putLabels("b", "2")
          .putLabels("a", "1")
          .setManifestVersion(7)
          .setReputation("1.0")
          .setSignature(ManifestSignature.newBuilder().setKeyId("k1"))
          .build();

  @Test
  void text_isCanonicalJsonWithoutSignatureAndReputation() {
    assertThat(SignedText.of(MANIFEST))
        .isEqualTo(
            "{\"capabilities\":[\"docs:write\",\"code:java\"],\"costPerHourMicros\":\"2000000\","
                + "\"description\":\"says \\\"hi\\\"\\n\\u0001\u2028é\",\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"manifestVersion\":7,"
                + "\"maxConcurrent\":3,\"model\":\"haiku\","
                + "\"skills\":{\"code:java\":\"SKILL_LEVEL_NOVICE\",\"docs:write\":\"SKILL_LEVEL_EXPERT\"},"
                + "\"swarmId\":\"s1\",\"tokenPrice\":{\"inputPerMillionMicros\":\"250000\"}}");
  }

  @Test
  void text_isThatOfTheManifestAsItIsKept() {
    assertThat(SignedText.of(ManifestRules.normalize(MANIFEST))).isEqualTo(SignedText.of(MANIFEST));
    assertThat(SignedText.digest(MANIFEST)).matches("[0-9a-f]{64}").isEqualTo(SignedText.digest(ManifestRules.normalize(MANIFEST)));
  }

  @Test
  void text_changesWithEveryField() {
    assertThat(SignedText.of(MANIFEST.toBuilder().setCostPerHourMicros(2_000_001).build())).isNotEqualTo(SignedText.of(MANIFEST));
    assertThat(SignedText.of(MANIFEST.toBuilder().setAccountId("a1").build())).isNotEqualTo(SignedText.of(MANIFEST));
    assertThat(SignedText.of(MANIFEST.toBuilder().setManifestVersion(8).build())).isNotEqualTo(SignedText.of(MANIFEST));
    assertThat(SignedText.of(Manifest.getDefaultInstance())).isEqualTo("{\"maxConcurrent\":3}");
  }
}
