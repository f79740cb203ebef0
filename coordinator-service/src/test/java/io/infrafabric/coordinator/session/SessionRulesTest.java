package io.infrafabric.coordinator.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.v1.SessionRecord;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SessionRulesTest {
  private static final SessionRecord NEW = SessionRecord.newBuilder().setSwarmId("fox").setSessionId("new").build();

  @Test
  void claims_areOfTheSessionTheyWereMadeUnder_andOfThoseThatInheritIt() {
    SessionRecord second = SessionRules.inheriting(NEW, SessionRecord.getDefaultInstance(), 10);
    SessionRecord third = SessionRules.inheriting(NEW, second, 20);
    assertThat(third.getInheritsList()).containsExactly(20L, 10L);
    assertThat(SessionRules.covers(Optional.of(third), 30, 30)).as("its own").isTrue();
    assertThat(SessionRules.covers(Optional.of(third), 30, 10)).as("of the first of three").isTrue();
    assertThat(SessionRules.covers(Optional.of(third), 30, 15)).as("of one in between that was replaced").isFalse();
    assertThat(SessionRules.covers(Optional.of(NEW), 40, 30)).as("of one that was replaced without its claims").isFalse();
    assertThat(SessionRules.covers(Optional.empty(), 0, 0)).as("without a session").isFalse();
  }

  @Test
  void sessions_inheritFromAFewBeforeThem() {
    SessionRecord session = NEW;
    for (long revision = 1; revision <= 100; revision++) {
      session = SessionRules.inheriting(NEW, session, revision);
    }
    assertThat(session.getInheritsList()).hasSize(SessionRules.MOST_INHERITED).startsWith(100L, 99L).endsWith(85L);
  }
}
