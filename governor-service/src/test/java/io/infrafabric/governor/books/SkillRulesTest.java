package io.infrafabric.governor.books;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.SkillLevel;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SkillRulesTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0, NOVICE",
    "9, 0, NOVICE",
    "10, 0, INTERMEDIATE",
    "7, 3, INTERMEDIATE",
    "69, 31, NOVICE",
    "70, 30, INTERMEDIATE",
    "49, 0, INTERMEDIATE",
    "50, 0, ADVANCED",
    "84, 16, INTERMEDIATE",
    "85, 15, ADVANCED",
    "199, 0, ADVANCED",
    "200, 0, EXPERT",
    "189, 11, ADVANCED",
    "190, 10, EXPERT",
  })
  void measured_wantsBothTheShareAndTheNumber(long completed, long failed, String level) {
    assertThat(SkillRules.measured(completed, failed)).isEqualTo(level(level));
  }

  @ParameterizedTest
  @CsvSource({
    "EXPERT, 0, 0, EXPERT",
    "EXPERT, 0, 9, EXPERT",
    "EXPERT, 0, 10, NOVICE",
    "EXPERT, 10, 0, EXPERT",
    "EXPERT, 9, 1, ADVANCED",
    "EXPERT, 8, 2, INTERMEDIATE",
    "EXPERT, 6, 4, NOVICE",
    "NOVICE, 200, 0, NOVICE",
    "ADVANCED, 200, 0, ADVANCED",
    "UNSPECIFIED, 200, 0, EXPERT",
    "UNSPECIFIED, 5, 0, NOVICE",
  })
  void whatASwarmSays_countsAsFarAsItsClaimsAllow(String said, long completed, long failed, String level) {
    assertThat(SkillRules.of(level(said), completed, failed)).isEqualTo(level(level));
  }

  @Test
  void effective_namesWhatIsAboveANovice() {
    Manifest manifest =
        Manifest.newBuilder()
            .addCapabilities("code:java")
            .addCapabilities("docs:write")
            .addCapabilities("code:rust")
            .putSkills("code:java", SkillLevel.SKILL_LEVEL_EXPERT)
            .putSkills("docs:write", SkillLevel.SKILL_LEVEL_NOVICE)
            .build();
    assertThat(SkillRules.effective(manifest, Account.getDefaultInstance())).containsExactly(entry("code:java", SkillLevel.SKILL_LEVEL_EXPERT));
    assertThat(SkillRules.effective(manifest, Account.newBuilder().setClaimsCompleted(60).setClaimsFailed(10).build()))
        .containsExactly(entry("code:java", SkillLevel.SKILL_LEVEL_ADVANCED), entry("code:rust", SkillLevel.SKILL_LEVEL_ADVANCED));
  }

  @Test
  void bookedClaims_changeTheSkillsOfTheStanding() {
    Books books = BooksFixture.granted(10);
    Books worked = books.with(books.account().toBuilder().setClaimsCompleted(200).build());
    assertThat(worked.standing().getSkillsMap()).containsExactly(entry("code:java", SkillLevel.SKILL_LEVEL_EXPERT));
    assertThat(books.standing().getSkillsMap()).isEmpty();
  }

  private static SkillLevel level(String word) {
    return SkillLevel.valueOf("SKILL_LEVEL_" + word);
  }
}
