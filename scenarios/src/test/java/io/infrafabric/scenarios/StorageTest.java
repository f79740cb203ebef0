package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.StoreLevel;
import io.infrafabric.coordinator.v1.StoreStatus;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.names.Keys;
import io.infrafabric.testkit.history.HistoryRules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A fabric whose etcd has a small quota, filled until it refuses, and emptied again. */
@Alone
class StorageTest {
  private static final long QUOTA = 32L << 20;
  private static final int PAYLOAD_BYTES = 60_000;
  private static final int ROUNDS = 2;
  private static final Duration SOON = Duration.ofSeconds(60);

  /** Between two tasks: what they write from one compaction to the next is a fifth of so small a quota. */
  private static final Duration PACE = Duration.ofMillis(20);

  private static RunningFabric running;
  private static FabricClient client;
  private final Random random = new Random(7);

  @BeforeAll
  static void start() throws Exception {
    running = RunningFabric.startWithQuota(QUOTA, "IF_STORAGE_LOOK", "100ms", "IF_STORAGE_COMPACTION", "1s");
    client = running.client();
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  /** From 70 % on, by work alone, and over again. */
  @Test
  void etcdThatFillsUp_refusesNewTasks_andTakesThemAgainWhenWorkIsDone() {
    client.register("mole", 0, 200, "dig:soil");
    String session = client.open("mole", Duration.ofMinutes(5));
    String first = "";
    for (int round = 0; round < ROUNDS; round++) {
      int now = round;
      List<String> taken = new ArrayList<>();
      // How many fit depends on what etcd has not yet given back of the round before, and on what is on its way to it.
      await("tasks of round " + round).pollInterval(PACE).atMost(SOON).until(() -> fill(now, taken) > 5);
      for (String task : taken) {
        // Each claim writes the record anew: until etcd is compacted there may be no room for the next one.
        await()
            .pollInterval(PACE)
            .atMost(SOON)
            .until(() -> refusal(() -> client.complete(client.claim(task, "mole", session), "done " + task, 0)).isEmpty());
      }
      await()
          .atMost(Duration.ofSeconds(90))
          .untilAsserted(() -> assertThat(client.status().getStore().getLevel()).isEqualTo(StoreLevel.STORE_LEVEL_OPEN));
      first = first.isEmpty() ? taken.getFirst() : first;
      assertThat(client.task(first).getCompleted().getResult().toStringUtf8()).isEqualTo("done " + first);
    }
    assertThat(client.status().getArchived()).isPositive();
    assertThat(client.status().getStore().getSizeBytes()).as("more than the quota went through").isLessThan(QUOTA);
    assertThat(HistoryRules.judge(running.history(new Keys().tasks()))).isEmpty();
  }

  /** From 90 % on, which work alone does not reach. */
  @Test
  void etcdThatIsNearlyFull_givesNoClaims_endsWhatWasBegun_andGivesThemAgain() {
    client.register("badger", 0, 200, "dig:deep");
    String session = client.open("badger", Duration.ofMinutes(5));
    await().atMost(SOON).until(() -> List.of("begun", "too", "next").stream().allMatch(task -> refusal(() -> client.submit(small(task))).isEmpty()));
    Claim begun = client.claim("begun", "badger", session);
    Claim too = client.claim("too", "badger", session);
    try (Ballast ballast = new Ballast(running)) {
      await().atMost(SOON).until(() -> isNearlyFull(ballast));
      Refusal refusal = refusal(() -> client.claim("next", "badger", session)).orElseThrow();
      assertThat(refusal.metadata()).containsEntry("limit_percent", "90").containsEntry("quota_bytes", String.valueOf(QUOTA));
      assertThat(Long.parseLong(refusal.metadata().get("used_bytes"))).isGreaterThanOrEqualTo(QUOTA * 90 / 100).isLessThan(QUOTA);
      assertThat(refusal.retryAfter()).isPresent();
      assertThat(client.task("next").hasReady()).as("nothing was done").isTrue();
      client.complete(begun, "done", 0);
      assertThat(client.task("begun").hasCompleted()).isTrue();

      ballast.drop();
      client.complete(too, "done", 0); // the newest revision is one that the relay tells of: etcd is compacted as far as it has told
    }
    await().atMost(Duration.ofSeconds(90)).until(() -> client.status().getStore().getLevel() == StoreLevel.STORE_LEVEL_OPEN);
    client.complete(client.claim("next", "badger", session), "done", 0);
    assertThat(client.task("next").hasCompleted()).isTrue();
  }

  /** Fills again what compaction has made free meanwhile. */
  private static boolean isNearlyFull(Ballast ballast) {
    ballast.fillTo(QUOTA * 91 / 100);
    StoreStatus told = client.status().getStore();
    return told.getLevel() == StoreLevel.STORE_LEVEL_NO_CLAIMS && told.getUsedBytes() >= QUOTA * 90 / 100;
  }

  private static TaskSpec small(String task) {
    return TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities("dig:deep").build();
  }

  /** Puts more tasks in until one is refused; answers how many were taken in all. */
  private int fill(int round, List<String> taken) {
    while (true) {
      String task = "r" + round + "-" + taken.size();
      byte[] payload = new byte[PAYLOAD_BYTES];
      random.nextBytes(payload);
      TaskSpec spec = TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities("dig:soil").setPayload(ByteString.copyFrom(payload)).build();
      Optional<Refusal> refusal = refusal(() -> client.submit(spec));
      if (refusal.isPresent()) {
        assertThat(refusal.get().retryAfter()).isPresent();
        assertThat(refusal.get().metadata()).containsKeys("used_bytes", "quota_bytes", "limit_percent");
        return taken.size();
      }
      taken.add(task);
    }
  }

  /** Makes a call that may be refused for lack of room, and for nothing else. */
  private static Optional<Refusal> refusal(Runnable call) {
    try {
      call.run();
      return Optional.empty();
    } catch (StatusRuntimeException failure) {
      Refusal refusal = Errors.refusalOf(failure).orElseThrow(() -> failure);
      assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_STORE_FULL);
      return Optional.of(refusal);
    }
  }
}
