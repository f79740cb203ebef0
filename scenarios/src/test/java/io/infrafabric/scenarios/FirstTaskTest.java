package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.TaskSpec;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The shortest way through the whole fabric. */
class FirstTaskTest {
  @Test
  void aTask_isSubmittedClaimedCompletedAndBooked() throws Exception {
    try (RunningFabric running = RunningFabric.start()) {
      FabricClient client = running.client();
      client.register("alpha", 1_000_000, 3, "code:review");
      String session = client.open("alpha", Duration.ofSeconds(10));
      client.submit(TaskSpec.newBuilder().setTaskId("t1").addRequiredCapabilities("code:review").setMaxCostMicros(400_000).build());
      Claim claim = client.claim("t1", "alpha", session);
      assertThat(client.account("alpha").getCommittedMicros()).isEqualTo(400_000);
      client.complete(claim, "done", 250_000);
      assertThat(client.task("t1").getCompleted().getResult().toStringUtf8()).isEqualTo("done");
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () -> {
                assertThat(client.account("alpha").getAccount().getSettledMicros()).isEqualTo(250_000);
                assertThat(client.account("alpha").getAccount().getCreditMicros()).isEqualTo(750_000);
                assertThat(client.account("alpha").getCommittedMicros()).isZero();
              });
    }
  }
}
