package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.StoreLevel;
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
import org.junit.jupiter.api.Test;

/** A fabric whose etcd has a small quota, filled until it refuses, emptied by work, and filled again. */
@Alone
class StorageTest {
  private static final long QUOTA = 32L << 20;
  private static final int PAYLOAD_BYTES = 60_000;
  private static final int ROUNDS = 2;

  private final Random random = new Random(7);

  @Test
  void etcdThatFillsUp_refusesNewTasks_andTakesThemAgainWhenWorkIsDone() throws Exception {
    try (RunningFabric running = RunningFabric.startWithQuota(QUOTA, "IF_STORAGE_LOOK", "100ms")) {
      FabricClient client = running.client();
      client.register("mole", 0, 200, "dig:soil");
      String session = client.open("mole", Duration.ofMinutes(5));
      String first = "";
      for (int round = 0; round < ROUNDS; round++) {
        List<String> taken = fill(client, round);
        // How many fit depends on what etcd has not yet given back of the round before.
        assertThat(taken).as("tasks of round %d", round).hasSizeGreaterThan(5);
        for (String task : taken) {
          // Each claim writes the record anew: until etcd is compacted there may be no room for the next one.
          await().atMost(Duration.ofSeconds(60)).until(() -> refusal(() -> client.complete(client.claim(task, "mole", session), "done " + task, 0)).isEmpty());
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
  }

  /** Puts tasks in until one is refused; answers those that were taken. */
  private List<String> fill(FabricClient client, int round) {
    List<String> taken = new ArrayList<>();
    while (true) {
      String task = "r" + round + "-" + taken.size();
      byte[] payload = new byte[PAYLOAD_BYTES];
      random.nextBytes(payload);
      TaskSpec spec = TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities("dig:soil").setPayload(ByteString.copyFrom(payload)).build();
      Optional<Refusal> refusal = refusal(() -> client.submit(spec));
      if (refusal.isPresent()) {
        assertThat(refusal.get().retryAfter()).isPresent();
        assertThat(refusal.get().metadata()).containsKeys("used_bytes", "quota_bytes", "limit_percent");
        return taken;
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
