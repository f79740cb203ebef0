package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.CloseSessionRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.nats.client.Connection;
import io.nats.client.Nats;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** C10: a task is pushed to one swarm, whoever the governor would prefer. */
@ExtendWith(SharedFabric.class)
class OfferTaskTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final RunningFabric fabric;
  private final FabricClient client;
  private final String skill = Unique.capability();
  private final String task = Unique.id("pushed");
  private final String one = Unique.id("one");
  private final String other = Unique.id("other");

  OfferTaskTest(RunningFabric fabric) {
    this.fabric = fabric;
    this.client = fabric.client();
  }

  @Test
  void pushedTask_ringsItsSwarm_isKeptForIt_andIsAnybodysAfterwards(@TempDir Path folder) throws Exception {
    for (String swarm : List.of(one, other)) {
      client.register(swarm, 1_000_000, 3, skill);
    }
    String session = client.open(one, Duration.ofMinutes(2));
    String rival = client.open(other, Duration.ofMinutes(2));
    List<String> rung = new CopyOnWriteArrayList<>();
    try (Connection nats = Nats.connect(fabric.fabric().nats().address());
        NatsDoor door = NatsDoor.of(fabric)) {
      var listener = nats.createDispatcher(message -> rung.add(message.getSubject() + " " + new String(message.getData(), StandardCharsets.UTF_8)));
      List.of(one, other).forEach(swarm -> listener.subscribe(Subjects.offer(new SwarmId(swarm))));
      nats.flush(SOON);
      client.submit(TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(skill).setMaxCostMicros(1_000).build());
      String json = "{\"requestId\":\"o-%s\",\"taskId\":\"%s\",\"swarmId\":\"%s\",\"hold\":\"%s\"}";
      await().atMost(SOON).until(() -> door.call("coordinator", "OfferTask", json.formatted(task, task, one, "4s")).error().isEmpty());
      String until = "\"expiresAt\":\"" + Times.toInstant(client.task(task).getPush().getUntil());
      await().atMost(SOON).until(() -> rung.stream().anyMatch(offer -> offer.startsWith(Subjects.offer(new SwarmId(one))) && offer.contains(until)));
      assertThat(Refused.by(() -> client.claim(task, other, rival)).code()).isEqualTo(ErrorCode.ERROR_CODE_TASK_NOT_READY);

      Path nothing = Files.writeString(folder.resolve("nothing"), "");
      Ifctl.Result refused = new Ifctl(fabric).call(nothing, "task", "offer", task, "--swarm", "nobody-" + one);
      assertThat(refused.exitCode()).as("not found").isEqualTo(6);
      rung.clear();
      await().atMost(SOON).until(() -> rung.stream().anyMatch(offer -> offer.contains(task)));
      await().atMost(SOON).until(() -> new Ifctl(fabric).call(nothing, "task", "offer", task, "--swarm", one, "--hold", "1m").exitCode() == 0);
      assertThat(Refused.by(() -> client.claim(task, other, rival)).code()).isEqualTo(ErrorCode.ERROR_CODE_TASK_NOT_READY);
      assertThat(new Ifctl(fabric).call(nothing, "task", "offer", task, "--swarm", other, "--hold", "1m").exitCode()).as("conflict").isNotZero();
      assertThat(new Ifctl(fabric).call(nothing, "task", "offer", task, "--swarm", other, "--hold", "1m", "--replace").exitCode()).isZero();
      assertThat(Refused.by(() -> client.claim(task, one, session)).code()).isEqualTo(ErrorCode.ERROR_CODE_TASK_NOT_READY);
      client.sessions().closeSession(CloseSessionRequest.newBuilder().setRequestId(FabricClient.request()).setSwarmId(other).setSessionId(rival).build());
      await().atMost(SOON).until(() -> !client.task(task).getPush().getEnd().isEmpty());
      client.complete(client.claim(task, one, session), "done", 10);
    }
  }
}
