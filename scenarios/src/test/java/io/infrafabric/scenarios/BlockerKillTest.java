package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ListBlockersRequest;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.ResolveBlockerRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.local.ServerProcess;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The only coordinator is killed (SIGKILL) in the middle of blockers: nothing is lost, nothing is done twice, and the holder goes on. */
class BlockerKillTest {
  private static final Duration BACK = Duration.ofSeconds(60);
  private static final int BLOCKERS = 60;

  @Test
  void killedCoordinator_keepsEveryBlocker_andGoesOnWithTheHelp() throws Exception {
    try (RunningFabric running = RunningFabric.startWithoutChassis()) {
      FabricClient client = running.client();
      ServerProcess coordinator = running.fabric().coordinators().getFirst();
      LoadLog log = new LoadLog();
      Patience patience = new Patience(log, new CountDownLatch(1));
      client.register("owner", 1_000_000, 10, "a:b");
      client.register("helper", 1_000_000, 10, "help:me");
      client.submit(TaskSpec.newBuilder().setTaskId("stuck").addRequiredCapabilities("a:b").setMaxCostMicros(100_000).build());
      Claim claim = client.claim("stuck", "owner", client.open("owner", Duration.ofMinutes(5)));
      client.open("helper", Duration.ofMinutes(5));

      Set<String> raised = new TreeSet<>();
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<Blocker>> calls =
            IntStream.range(0, BLOCKERS)
                .mapToObj(i -> raise(claim, i))
                .map(request -> threads.submit(() -> patience.untilAnswered("RaiseBlocker", () -> client.claims().raiseBlocker(request)).getBlocker()))
                .toList();
        coordinator.kill();
        coordinator.start();
        for (Future<Blocker> call : calls) {
          raised.add(call.get().getBlockerId());
        }
      }
      assertThat(log.troubles()).as("calls that the killed one did not answer").isNotEmpty();
      assertThat(raised).hasSize(BLOCKERS);
      assertThat(client.task("stuck").getParked().getBlockerIdsList()).containsExactlyInAnyOrderElementsOf(raised);

      String helped = await().atMost(BACK).until(() -> helped(client), ids -> !ids.isEmpty()).iterator().next();
      coordinator.kill();
      coordinator.start();
      String session = patience.untilAnswered("OpenSession", () -> client.open("helper", Duration.ofMinutes(5)));
      Claim helping = patience.untilAnswered("ClaimTask", () -> client.claim(helped, "helper", session));
      client.complete(helping, "helped", 100);
      String done = helped.substring(0, helped.lastIndexOf('-'));
      await().atMost(BACK).ignoreExceptions().until(() -> !open(client).contains(done));

      List<ResolveBlockerRequest> rest =
          raised.stream()
              .map(id -> ResolveBlockerRequest.newBuilder().setRequestId("resolve-" + id).setTaskId("stuck").setBlockerId(id).setSwarmId("owner").setFence(claim.getFence()).build())
              .toList();
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<Blocker>> calls =
            rest.stream()
                .map(request -> threads.submit(() -> patience.untilAnswered("ResolveBlocker", () -> client.claims().resolveBlocker(request)).getBlocker()))
                .toList();
        coordinator.kill();
        coordinator.start();
        for (Future<Blocker> call : calls) {
          assertThat(call.get().hasResolvedAt()).isTrue();
        }
      }
      assertThat(client.task("stuck").getClaimed().getFence()).isEqualTo(claim.getFence());
      client.complete(claim, "done", 1_000);
      await().atMost(BACK).until(() -> open(client).isEmpty());
      Judgement.history(running, Set.of("stuck", helped));
    }
  }

  private static RaiseBlockerRequest raise(Claim claim, int i) {
    return RaiseBlockerRequest.newBuilder()
        .setRequestId("raise-" + i)
        .setTaskId("stuck")
        .setSwarmId("owner")
        .setFence(claim.getFence())
        .setType("weather")
        .addNeeds("help:me")
        .build();
  }

  private static Set<String> helped(FabricClient client) {
    return openBlockers(client).stream().flatMap(blocker -> blocker.getHelpTaskIdsList().stream()).collect(Collectors.toSet());
  }

  private static Set<String> open(FabricClient client) {
    return openBlockers(client).stream().map(Blocker::getBlockerId).collect(Collectors.toSet());
  }

  private static List<Blocker> openBlockers(FabricClient client) {
    return client.claims().listBlockers(ListBlockersRequest.newBuilder().setTaskId("stuck").setOpenOnly(true).setPageSize(500).build()).getBlockersList();
  }
}
