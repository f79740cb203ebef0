package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorType;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.names.Keys;
import io.infrafabric.names.Subjects;
import io.infrafabric.testkit.Stalls;
import io.infrafabric.testkit.chaos.LostMessages;
import io.infrafabric.testkit.history.HistoryRules;
import io.nats.client.Connection;
import io.nats.client.Nats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/**
 * I11 from outside: every message is lost, and swarms that only say every third of their session's time that they live, and claim
 * what they are offered in the answer, still find every task within 5 s of being ready.
 */
@Alone
class LostMessagesTest {
  private static final int SWARMS = 10;
  private static final int TASKS = 25;
  private static final int PER_SWARM = 3;
  private static final Duration SESSION = Duration.ofSeconds(10);
  private static final Duration PROMISED = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final String SKILL = "deaf:work";

  private final Map<String, Long> readyNanos = new HashMap<>();
  private final Map<String, Long> claimedNanos = new ConcurrentHashMap<>();
  private final AtomicInteger surprises = new AtomicInteger();

  @Test
  void everyReadyTask_isClaimedThoughEveryMessageIsLost() throws Exception {
    AtomicReference<LostMessages> between = new AtomicReference<>();
    AtomicInteger heard = new AtomicInteger();
    List<Periodic> hearts = new ArrayList<>();
    try (RunningFabric running =
            RunningFabric.startWithNatsThrough(
                server -> {
                  between.set(LostMessages.before(server));
                  return between.get().address();
                });
        LostMessages lost = between.get();
        Stalls stalls = Stalls.watching();
        Connection nats = Nats.connect(running.fabric().nats().address())) {
      nats.createDispatcher(doorbell -> heard.incrementAndGet()).subscribe(Subjects.OFFERS);
      nats.flush(PATIENCE);
      lost.begin();
      try {
        for (int i = 0; i < SWARMS; i++) {
          hearts.add(heart(running, "deaf-" + i));
        }
        for (int i = 0; i < TASKS; i++) {
          running.client().submit(TaskSpec.newBuilder().setTaskId("deaf-task-" + i).addRequiredCapabilities(SKILL).build());
          readyNanos.put("deaf-task-" + i, System.nanoTime());
        }
        await("all claimed").atMost(PATIENCE).until(() -> claimedNanos.size() == TASKS);
      } finally {
        hearts.forEach(Periodic::close);
      }
      assertThat(surprises).as("claims refused for another reason than that others were faster").hasValue(0);
      assertThat(lost.lost()).as("messages that were lost").isGreaterThan(TASKS);
      assertThat(heard).as("doorbells that were heard").hasValue(0);
      assertThat(HistoryRules.judge(running.history(new Keys().tasks()))).isEmpty();
      assertThat(readyNanos)
          .allSatisfy((task, ready) -> assertThat(stalls.running(ready, claimedNanos.get(task))).as("from ready to claimed: %s", task).isLessThanOrEqualTo(PROMISED));
    }
  }

  /** A swarm that lives, and takes what it is offered when it says so. */
  private Periodic heart(RunningFabric running, String swarm) {
    running.client().register(swarm, 0, PER_SWARM, SKILL);
    String session = running.client().open(swarm, SESSION);
    return Periodic.start("heart-" + swarm, SESSION.dividedBy(3), () -> beat(running, swarm, session));
  }

  private void beat(RunningFabric running, String swarm, String session) {
    KeepAliveRequest alive = KeepAliveRequest.newBuilder().setRequestId(FabricClient.request()).setSwarmId(swarm).setSessionId(session).build();
    for (Offer offer : running.client().sessions().keepAlive(alive).getOffersList()) {
      try {
        Claim claim = running.client().claim(offer.getTaskId(), swarm, session);
        claimedNanos.put(claim.getTaskId(), System.nanoTime());
      } catch (StatusRuntimeException refused) {
        if (Errors.toRefusal(refused).traits().getType() != ErrorType.ERROR_TYPE_CONFLICT) {
          surprises.incrementAndGet();
        }
      }
    }
  }
}
