package io.infrafabric.coordinator.relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.claim.EndRules;
import io.infrafabric.coordinator.record.BadValues;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Completed;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.Parked;
import io.infrafabric.coordinator.v1.Resumption;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEvent;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.coordinator.v1.Withdrawal;
import io.infrafabric.kit.relay.OutboundMessage;
import io.infrafabric.kit.relay.RelaySource;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Headers;
import io.infrafabric.names.Keys;
import io.infrafabric.names.TaskId;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TaskFactsTest {
  private static final String KEY = new Keys().task(new TaskId("t1"));
  private static final Task CLAIMED = Samples.claimed(Samples.spec("t1", "eu:code:java").setPlanId("p1").build(), "fox", 1);

  private static TaskEvent event(OutboundMessage message) {
    TaskEvent.Builder event = TaskEvent.newBuilder();
    try {
      JsonFormat.parser().merge(message.body().toStringUtf8(), event);
    } catch (InvalidProtocolBufferException notJson) {
      throw new AssertionError(notJson);
    }
    return event.build();
  }

  @Test
  void change_becomesAFactAndALineOfTheFirehose() {
    List<OutboundMessage> messages = TaskFacts.messages(Samples.entry(KEY, CLAIMED, TaskEventType.TASK_EVENT_TYPE_PROGRESSED, 123), false);
    assertThat(messages).extracting(OutboundMessage::subject).containsExactly("if.v1.event.task.progressed.t1", "if.v1.task.code.java.progressed");
    assertThat(messages).extracting(OutboundMessage::messageId).containsExactly(KEY + ":123", KEY + ":123:firehose");
    assertThat(event(messages.getFirst())).isEqualTo(event(messages.getLast()));
  }

  @Test
  void valueThatIsNoTask_isNoFact() {
    Entry good = Samples.entry(KEY, CLAIMED, TaskEventType.TASK_EVENT_TYPE_PROGRESSED, 123);
    RelaySource source = TaskFacts.source(new Records(new Keys()));
    BadValues.of(Samples.ready(Samples.spec("t1", "a:b").build()), Samples.standing("fox", "a:b").build())
        .forEach(
            (what, value) -> {
              Entry bad = new Entry(KEY, value, 1, 124, 0);
              assertThat(source.ofEntry().apply(bad)).as(what).isEmpty();
              assertThat(source.ofChange().apply(new Change.Written(bad))).as(what).isEmpty();
            });
    assertThat(source.ofEntry().apply(good)).isNotEmpty();
  }

  @Test
  void fact_saysWhatHappenedToWhichClaim() {
    TaskEvent event = event(TaskFacts.messages(Samples.entry(KEY, CLAIMED, TaskEventType.TASK_EVENT_TYPE_PROGRESSED, 123), false).getFirst());
    assertThat(event)
        .isEqualTo(
            TaskEvent.newBuilder()
                .setType(TaskEventType.TASK_EVENT_TYPE_PROGRESSED)
                .setTaskId("t1")
                .setState(TaskState.TASK_STATE_CLAIMED)
                .setRevision(123)
                .setAt(Times.toProto(Samples.NOW))
                .setSwarmId("fox")
                .setClaimId("claim-1")
                .setFence(100)
                .setAttempt(1)
                .setPlanId("p1")
                .setTrace(TraceContext.getDefaultInstance())
                .build());
  }

  /** The record of a claim cannot hold its own revision: whoever reads it does. */
  @Test
  void claim_hasTheRevisionThatMadeItForItsFence() {
    Task made = CLAIMED.toBuilder().setClaimed(CLAIMED.getClaimed().toBuilder().clearFence()).build();
    TaskEvent event = event(TaskFacts.messages(Samples.entry(KEY, made, TaskEventType.TASK_EVENT_TYPE_CLAIMED, 555), false).getFirst());
    assertThat(event.getFence()).isEqualTo(555);
    assertThat(event.getRevision()).isEqualTo(555);
  }

  @Test
  void endedClaim_isToldThoughTheTaskIsHeldNoMore() {
    LastChange failed =
        LastChange.newBuilder()
            .setEvent(TaskEventType.TASK_EVENT_TYPE_RETRIED)
            .setAt(Times.toProto(Samples.NOW))
            .setSwarmId("fox")
            .setClaimId("claim-1")
            .setFence(100)
            .setCostMicros(7)
            .setReason("no")
            .build();
    Entry entry = new Entry(KEY, StoredTask.bytes(Samples.ready(CLAIMED.getSpec()), failed, "r"), 1, 200, 0);
    TaskEvent event = event(TaskFacts.messages(entry, false).getFirst());
    assertThat(event.getState()).isEqualTo(TaskState.TASK_STATE_READY);
    assertThat(List.of(event.getSwarmId(), event.getClaimId(), event.getReason())).containsExactly("fox", "claim-1", "no");
    assertThat(event.getFence()).isEqualTo(100);
    assertThat(event.getCostMicros()).isEqualTo(7);
  }

  @ParameterizedTest
  @EnumSource(value = TaskEventType.class, names = {"TASK_EVENT_TYPE_UNSPECIFIED", "UNRECOGNIZED"}, mode = EnumSource.Mode.EXCLUDE)
  void everyEvent_isACloudEvent(TaskEventType type) {
    for (OutboundMessage message : TaskFacts.messages(Samples.entry(KEY, CLAIMED, type, 9), false)) {
      assertThat(message.headers()).containsKeys(Headers.CE_ID, Headers.CE_TYPE, Headers.CE_SOURCE, Headers.CE_SPECVERSION, Headers.CE_TIME, Headers.CE_SUBJECT);
      String word = message.headers().get(Headers.CE_TYPE).split("\\.")[2];
      if (message.subject().startsWith("if.v1.offer.")) {
        assertThat(message.headers()).containsEntry(Headers.CE_TYPE, "infrafabric.claim." + word + ".v1").containsEntry(Headers.CE_SUBJECT, "t1");
        assertThat(message.subject()).endsWith(".fox");
      } else {
        assertThat(message.headers().get(Headers.CE_TYPE)).matches("infrafabric\\.task\\.[a-z]+\\.v1");
        assertThat(message.subject()).endsWith(message.subject().contains(".event.") ? ".t1" : word);
      }
    }
  }

  @Test
  void taskWithoutRequirements_isUnderAny() {
    Task any = Samples.ready(Samples.spec("t1").build());
    assertThat(TaskFacts.messages(Samples.entry(KEY, any, TaskEventType.TASK_EVENT_TYPE_READY, 9), false).getLast().subject()).isEqualTo("if.v1.task.any.any.ready");
  }

  @Test
  void eventOfANewerVersion_isPassedOver() {
    LastChange newer = LastChange.newBuilder().setEventValue(99).build();
    assertThat(TaskFacts.messages(new Entry(KEY, StoredTask.bytes(CLAIMED, newer, "r"), 1, 9, 0), false)).isEmpty();
    assertThat(TaskFacts.messages(new Entry(KEY, StoredTask.bytes(CLAIMED, LastChange.getDefaultInstance(), "r"), 1, 9, 0), false)).isEmpty();
  }

  @Test
  void reconciliation_tellsTheStateAsFound_andADeletionNothing() {
    RelaySource source = TaskFacts.source(new Records(new Keys()));
    Entry entry = Samples.entry(KEY, CLAIMED, TaskEventType.TASK_EVENT_TYPE_CLAIMED, 9);
    assertThat(event(source.ofEntry().apply(entry).getFirst()).getReconciled()).isTrue();
    assertThat(event(source.ofChange().apply(new Change.Written(entry)).getFirst()).getReconciled()).isFalse();
    assertThat(source.ofChange().apply(new Change.Deleted(KEY, 10))).isEmpty();
  }

  /** Who holds the claim hears of its end where it listens anyway. */
  @Test
  void claimThatEndsWithoutItsHolder_isWithdrawnOnTheHoldersOwnSubject() throws InvalidProtocolBufferException {
    for (EndRules.End end : List.of(new EndRules.End.Cancel("no need"), new EndRules.End.Stalled("silent"))) {
      EndRules.Ended ended = EndRules.end(CLAIMED, end, "", Samples.NOW);
      List<OutboundMessage> messages = TaskFacts.messages(entry(ended, CLAIMED), false);
      assertThat(messages).extracting(OutboundMessage::subject).hasSize(3).startsWith("if.v1.offer.fox");
      Offer.Builder news = Offer.newBuilder();
      JsonFormat.parser().merge(messages.getFirst().body().toStringUtf8(), news);
      assertThat(news.getWithdrawal())
          .isEqualTo(
              Withdrawal.newBuilder().setClaimId("claim-1").setFence(100).setEnd(ended.end()).setReason(end.reason()).build());
    }
  }

  /** The fact tells who completed the task, and the withdrawal whose claim has ended by it. */
  @Test
  void claimThatTheTwinHasSuperseded_isWithdrawn() throws InvalidProtocolBufferException {
    Completed byTheTwin = Completed.newBuilder().setClaim(Claimed.newBuilder().setSwarmId("owl").setClaimId("claim-of-the-twin")).build();
    EndRules.Ended ended = EndRules.end(CLAIMED, new EndRules.End.Supersede(byTheTwin, "its twin was first"), "", Samples.NOW);
    LastChange change =
        LastChange.newBuilder().setEvent(ended.event()).setAt(Times.toProto(Samples.NOW)).setSwarmId("owl").setClaimId("claim-of-the-twin").build();
    List<OutboundMessage> messages = TaskFacts.messages(new Entry(KEY, StoredTask.bytes(ended.task(), change, "submitted"), 1, 200, 0), false);
    assertThat(messages).extracting(OutboundMessage::subject).containsExactly("if.v1.offer.fox", "if.v1.event.task.completed.t1", "if.v1.task.code.java.completed");
    Offer.Builder news = Offer.newBuilder();
    JsonFormat.parser().merge(messages.getFirst().body().toStringUtf8(), news);
    assertThat(news.getWithdrawal())
        .isEqualTo(
            Withdrawal.newBuilder().setClaimId("claim-1").setFence(100).setEnd(ClaimEnd.CLAIM_END_SUPERSEDED).setReason("its twin was first").build());
    assertThat(event(messages.getLast()).getSwarmId()).isEqualTo("owl");
  }

  @Test
  void endThatTheHolderAskedFor_isNotWithdrawn() {
    for (EndRules.End end : List.of(new EndRules.End.Release("busy", 0), new EndRules.End.Fail("no", true, 0))) {
      assertThat(TaskFacts.messages(entry(EndRules.end(CLAIMED, end, "r", Samples.NOW), CLAIMED), false)).hasSize(2);
    }
  }

  /** With tokens a swarm hears nothing but its own doorbell: what it has waited for comes there. */
  @Test
  void parkedClaimThatGoesOn_isToldOnTheHoldersOwnSubject() throws InvalidProtocolBufferException {
    LastChange resolved =
        LastChange.newBuilder()
            .setEvent(TaskEventType.TASK_EVENT_TYPE_RESUMED)
            .setAt(Times.toProto(Samples.NOW))
            .setSwarmId("fox")
            .setClaimId("claim-1")
            .setFence(99) // before a newer session inherited it
            .setBlockerId("b1")
            .setResolution("the rain is over")
            .setResolvedBy("ada@example.org")
            .build();
    List<OutboundMessage> messages = TaskFacts.messages(new Entry(KEY, StoredTask.bytes(CLAIMED, resolved, "submitted"), 1, 200, 0), false);
    assertThat(messages).extracting(OutboundMessage::subject).containsExactly("if.v1.offer.fox", "if.v1.event.task.resumed.t1", "if.v1.task.code.java.resumed");
    assertThat(messages.getFirst().messageId()).isEqualTo(KEY + ":200:resumption");
    Offer.Builder news = Offer.newBuilder();
    JsonFormat.parser().merge(messages.getFirst().body().toStringUtf8(), news);
    assertThat(news.getTaskId()).isEqualTo("t1");
    assertThat(news.getRevision()).isEqualTo(200);
    assertThat(news.getResumption())
        .isEqualTo(
            Resumption.newBuilder()
                .setClaimId("claim-1")
                .setFence(100)
                .setBlockerId("b1")
                .setResolution("the rain is over")
                .setResolvedBy("ada@example.org")
                .build());
  }

  @Test
  void claimThatIsParked_orGoesOnStopped_ringsNobody() {
    Task parked = CLAIMED.toBuilder().setParked(Parked.newBuilder().setClaim(CLAIMED.getClaimed()).addBlockerIds("b2")).build();
    assertThat(TaskFacts.messages(Samples.entry(KEY, parked, TaskEventType.TASK_EVENT_TYPE_PARKED, 9), false)).hasSize(2);
  }

  private static Entry entry(EndRules.Ended ended, Task before) {
    LastChange change =
        LastChange.newBuilder()
            .setEvent(ended.event())
            .setAt(Times.toProto(Samples.NOW))
            .setSwarmId(before.getClaimed().getSwarmId())
            .setClaimId(before.getClaimed().getClaimId())
            .build();
    return new Entry(KEY, StoredTask.bytes(ended.task(), change, "submitted"), 1, 200, 0);
  }
}
