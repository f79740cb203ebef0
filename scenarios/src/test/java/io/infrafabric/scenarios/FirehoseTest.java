package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.TaskEvent;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** C9: of two who listen only the one that can do a task is rung for it, and whoever listens to the firehose hears what becomes of it. */
@ExtendWith(SharedFabric.class)
class FirehoseTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  private final RunningFabric fabric;
  private final FabricClient client;
  private final String skill = Unique.capability();
  private final String otherSkill = Unique.capability();
  private final String able = Unique.id("able");
  private final String other = Unique.id("other");
  private final String task = Unique.id("told");
  private final String othersTask = Unique.id("told");

  /** A message of the firehose. */
  private record Told(String subject, TaskEvent event) {
    static Told of(Message message) {
      TaskEvent.Builder event = TaskEvent.newBuilder();
      try {
        JsonFormat.parser().merge(new String(message.getData(), StandardCharsets.UTF_8), event);
      } catch (InvalidProtocolBufferException malformed) {
        throw new AssertionError("not a task event: " + message, malformed);
      }
      return new Told(message.getSubject(), event.build());
    }
  }

  FirehoseTest(RunningFabric fabric) {
    this.fabric = fabric;
    this.client = fabric.client();
  }

  private static String firehose(String capability, String event) {
    return "if.v1.task." + capability.replace(':', '.') + "." + event;
  }

  @Test
  void onlyTheOneThatIsAble_isRung_andTheFirehoseTellsOfSubmitClaimAndCompletion() throws Exception {
    client.register(able, 0, 3, skill);
    client.register(other, 0, 3, otherSkill);
    String session = client.open(able, Duration.ofMinutes(2));
    String others = client.open(other, Duration.ofMinutes(2));
    List<Told> told = new CopyOnWriteArrayList<>();
    List<Offer> rung = new CopyOnWriteArrayList<>();
    try (Connection nats = Nats.connect(fabric.fabric().nats().address())) {
      nats.createDispatcher(message -> told.add(Told.of(message))).subscribe(firehose(skill, ">")).subscribe(firehose(otherSkill, ">"));
      nats.createDispatcher(message -> rung.add(Multitude.offer(message)))
          .subscribe(Subjects.offer(new SwarmId(able)))
          .subscribe(Subjects.offer(new SwarmId(other)));
      nats.flush(SOON);

      client.submit(TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(skill).build());
      await("the doorbell").atMost(SOON).until(() -> rung.stream().anyMatch(offer -> offer.getTaskId().equals(task)));
      Claim claim = client.claim(task, able, session);
      client.complete(claim, "done", 0);
      // The other one listens as well: what is for it, it hears.
      client.submit(TaskSpec.newBuilder().setTaskId(othersTask).addRequiredCapabilities(otherSkill).build());
      await("the doorbell of the other").atMost(SOON).until(() -> rung.stream().anyMatch(offer -> offer.getTaskId().equals(othersTask)));
      client.complete(client.claim(othersTask, other, others), "done", 0);
      await("the end of both").atMost(SOON).until(() -> told.stream().filter(one -> one.subject().endsWith(".completed")).count() == 2);

      assertThat(rung)
          .allSatisfy(offer -> assertThat(offer.getSwarmId()).as("who is rung for %s", offer.getTaskId()).isEqualTo(offer.getTaskId().equals(task) ? able : other));
      List<Told> story = told.stream().filter(one -> one.event().getTaskId().equals(task)).toList();
      assertThat(story).extracting(Told::subject).containsExactly(firehose(skill, "submitted"), firehose(skill, "claimed"), firehose(skill, "completed"));
      assertThat(told).filteredOn(one -> !story.contains(one)).allSatisfy(one -> assertThat(one.subject()).startsWith(firehose(otherSkill, "")));
      TaskEvent claimed = story.get(1).event();
      assertThat(claimed.getType()).isEqualTo(TaskEventType.TASK_EVENT_TYPE_CLAIMED);
      assertThat(claimed.getSwarmId()).isEqualTo(able);
      assertThat(claimed.getClaimId()).isEqualTo(claim.getClaimId());
      assertThat(claimed.getFence()).isEqualTo(claim.getFence());
    }
  }
}
