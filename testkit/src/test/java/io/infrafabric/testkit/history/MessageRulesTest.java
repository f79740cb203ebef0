package io.infrafabric.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.TaskEventType;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Messages against the history that they tell of. */
class MessageRulesTest {
  private static final TaskEventType SUBMITTED = TaskEventType.TASK_EVENT_TYPE_SUBMITTED;
  private static final TaskEventType CANCELLED = TaskEventType.TASK_EVENT_TYPE_CANCELLED;
  private final Deeds deeds = new Deeds();

  @BeforeEach
  void aTaskThatIsSubmittedAndCancelled() {
    deeds.changed("t", 5, LastChange.newBuilder().setEvent(SUBMITTED).build(), found -> {});
    deeds.changed("t", 7, LastChange.newBuilder().setEvent(CANCELLED).build(), found -> {});
  }

  private static Told told(long revision, TaskEventType event, boolean reconciled, long storeRevision) {
    return new Told("t", revision, event, reconciled, storeRevision);
  }

  @Test
  void whatIsSo_isNotAccused() {
    List<Told> messages = List.of(told(5, SUBMITTED, false, 5), told(5, TaskEventType.TASK_EVENT_TYPE_UNSPECIFIED, false, 6), told(7, CANCELLED, false, 9));
    assertThat(MessageRules.judgeTruth(deeds, messages, 9)).isEmpty();
    assertThat(MessageRules.judgeCompleteness(deeds, messages)).isEmpty();
  }

  @Test
  void whatIsNotSo_isFound() {
    assertThat(MessageRules.judgeTruth(deeds, List.of(told(6, SUBMITTED, false, 9), told(5, CANCELLED, false, 9)), 9)).hasSize(2);
  }

  @Test
  void whatCameAfterTheHistory_isNotAccused() {
    assertThat(MessageRules.judgeTruth(deeds, List.of(told(10, CANCELLED, false, 10)), 9)).isEmpty();
  }

  @Test
  void whatIsNotSoYet_isFound() {
    assertThat(MessageRules.judgeTruth(deeds, List.of(told(7, CANCELLED, false, 6)), 9)).hasSize(1);
  }

  @Test
  void whatWasNeverTold_isFound_unlessALaterStateWas() {
    assertThat(MessageRules.judgeCompleteness(deeds, List.of(told(5, SUBMITTED, false, 5)))).extracting(Violation::revision).containsExactly(7L);
    assertThat(MessageRules.judgeCompleteness(deeds, List.of(told(7, CANCELLED, true, 9)))).isEmpty();
  }
}
