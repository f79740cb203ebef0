package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerState;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.ListBlockersRequest;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.ResolveBlockerRequest;
import io.infrafabric.coordinator.v1.Resumption;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.WatchOffersResponse;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.nats.client.Connection;
import io.nats.client.Nats;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A swarm that cannot go on says so: its task is parked, others help and are paid from its cap, and it goes on. */
@ExtendWith(SharedFabric.class)
class BlockerTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final long CAP_MICROS = 120_000;

  private final RunningFabric fabric;
  private final FabricClient client;
  private final String skill = Unique.capability();
  private final String rescue = Unique.capability();
  private final String owner = Unique.id("blocked");
  private final String helper = Unique.id("helper");
  private final String task = Unique.id("stuck");

  BlockerTest(RunningFabric fabric) {
    this.fabric = fabric;
    this.client = fabric.client();
  }

  private Claim held() {
    client.register(owner, 1_000_000, 10, skill, rescue);
    client.submit(TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(skill).setMaxCostMicros(CAP_MICROS).build());
    return client.claim(task, owner, client.open(owner, Duration.ofMinutes(2)));
  }

  private RaiseBlockerRequest.Builder raise(Claim claim) {
    return RaiseBlockerRequest.newBuilder()
        .setRequestId(FabricClient.request())
        .setTaskId(claim.getTaskId())
        .setSwarmId(claim.getSwarmId())
        .setFence(claim.getFence())
        .setType("weather");
  }

  private Blocker blocker() {
    return client.claims().listBlockers(ListBlockersRequest.newBuilder().setTaskId(task).build()).getBlockers(0);
  }

  @Test
  void blockedTask_isHelpedByAnother_whoIsOfferedTheHelp_andGoesOn() throws Exception {
    client.register(helper, 0, 10, rescue);
    String session = client.open(helper, Duration.ofMinutes(2));
    Claim claim = held();
    Set<String> told = ConcurrentHashMap.newKeySet();
    Set<String> rung = ConcurrentHashMap.newKeySet();
    try (Connection nats = Nats.connect(fabric.fabric().nats().address())) {
      var listener = nats.createDispatcher();
      listener.subscribe("if.v1.event.blocker.>", message -> told.add(message.getSubject()));
      listener.subscribe(Subjects.offer(new SwarmId(helper)), message -> rung.add(new String(message.getData(), StandardCharsets.UTF_8)));
      nats.flush(SOON);
      Blocker blocker = client.claims().raiseBlocker(raise(claim).addNeeds(rescue).build()).getBlocker();
      assertThat(client.task(task).getParked().getClaim().getFence()).isEqualTo(claim.getFence());
      assertThat(Refused.by(() -> client.complete(claim, "too early", 0)).code()).isEqualTo(ErrorCode.ERROR_CODE_TASK_NOT_READY);

      String help = await().atMost(SOON).until(() -> blocker().getHelpTaskIdsList(), ids -> ids.size() == 1).getFirst();
      await().atMost(SOON).until(() -> rung.stream().anyMatch(offer -> offer.contains(help)));
      Claim helping = client.claim(help, helper, session);
      assertThat(helping.getSpec().getMaxCostMicros()).isEqualTo(CAP_MICROS / 4);
      client.complete(helping, "an umbrella", 10_000);

      await().atMost(SOON).until(() -> client.task(task).hasClaimed());
      assertThat(Refused.by(() -> client.complete(claim, "too dear", CAP_MICROS - 9_999)).code()).isEqualTo(ErrorCode.ERROR_CODE_COST_OVER_CAP);
      client.complete(claim, "dry", CAP_MICROS - 10_000);
      assertThat(client.task(help).getCompleted().getResult().toStringUtf8()).isEqualTo("an umbrella");
      for (String event : List.of("raised", "helped", "resolved")) {
        await().atMost(SOON).until(() -> told.contains("if.v1.event.blocker." + event + "." + blocker.getBlockerId()));
      }
    }
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              assertThat(client.account(owner).getAccount().getSettledMicros()).isEqualTo(CAP_MICROS);
              assertThat(client.account(owner).getAccount().getCreditMicros()).isEqualTo(1_000_000 - CAP_MICROS);
              assertThat(client.account(owner).getCommittedMicros()).isZero();
              assertThat(client.account(owner).getAccount().getClaimsCompleted()).isEqualTo(1);
              assertThat(client.account(helper).getAccount().getSettledMicros()).isZero();
              assertThat(client.account(helper).getAccount().getClaimsCompleted()).isEqualTo(1);
            });
    assertThat(MoneyHistory.of(fabric, owner).overdrafts()).isEmpty();
  }

  /** Where it listens for offers anyway: with tokens it may hear none of the task's own subjects. */
  @Test
  void owner_isToldThatItsClaimGoesOn_onNats_andInItsStreamOfOffers_alsoLater() throws Exception {
    client.register(owner, 1_000_000, 10, skill);
    client.submit(TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(skill).setMaxCostMicros(CAP_MICROS).build());
    String session = client.open(owner, Duration.ofMinutes(2));
    Claim claim = client.claim(task, owner, session);
    List<Offer> rung = new CopyOnWriteArrayList<>();
    try (Connection nats = Nats.connect(fabric.fabric().nats().address());
        FabricClient other = fabric.clientOf(1);
        OfferWatch watch = OfferWatch.open(other.coordinator(), owner, session, 0, 100)) {
      nats.createDispatcher().subscribe(Subjects.offer(new SwarmId(owner)), message -> rung.add(Multitude.offer(message)));
      nats.flush(SOON);
      List<String> blockers = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        blockers.add(client.claims().raiseBlocker(raise(claim).build()).getBlocker().getBlockerId());
      }
      for (String each : blockers) {
        client
            .claims()
            .resolveBlocker(
                ResolveBlockerRequest.newBuilder()
                    .setRequestId(FabricClient.request())
                    .setTaskId(task)
                    .setBlockerId(each)
                    .setPrincipal("ada@example.org")
                    .setResolution("over: " + each)
                    .build());
      }
      Resumption told =
          Resumption.newBuilder()
              .setClaimId(claim.getClaimId())
              .setFence(claim.getFence())
              .setBlockerId(blockers.getLast())
              .setResolution("over: " + blockers.getLast())
              .setResolvedBy("ada@example.org")
              .build();
      await().atMost(SOON).until(() -> resumptions(rung), List.of(told)::equals);
      await().atMost(SOON).until(() -> resumptions(heard(watch)), List.of(told)::equals);
      try (OfferWatch later = OfferWatch.open(client.coordinator(), owner, session, 0, 100)) {
        await().atMost(SOON).until(() -> resumptions(heard(later)), List.of(told)::equals);
      }
    }
    client.complete(claim, "went on", 0);
  }

  private static List<Offer> heard(OfferWatch watch) {
    return watch.heard().stream().map(WatchOffersResponse::getOffer).toList();
  }

  private static List<Resumption> resumptions(List<Offer> offers) {
    return offers.stream().filter(Offer::hasResumption).map(Offer::getResumption).toList();
  }

  @Test
  void helpersWithoutMoney_arePaidByTheBlockedSwarm_toTheMicroDollar() throws Exception {
    String other = Unique.capability();
    String second = Unique.id("second");
    client.register(helper, 0, 10, rescue);
    client.register(second, 0, 10, other);
    client.register(owner, CAP_MICROS, 10, skill);
    client.submit(TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(skill).setMaxCostMicros(CAP_MICROS).build());
    Claim claim = client.claim(task, owner, client.open(owner, Duration.ofMinutes(2)));
    String session = client.open(helper, Duration.ofMinutes(2));
    String another = client.open(second, Duration.ofMinutes(2));
    client.claims().raiseBlocker(raise(claim).addNeeds(rescue).addNeeds(other).build());
    List<String> help = await().atMost(SOON).until(() -> blocker().getHelpTaskIdsList(), ids -> ids.size() == 2);
    assertThat(client.account(owner).getCommittedMicros()).as("all of the cap, however it is split").isEqualTo(CAP_MICROS);

    Claim first = client.claim(help.get(0), helper, session);
    assertThat(first.getSpec().getMaxCostMicros()).as("two helpers and the holder, two tries each").isEqualTo(CAP_MICROS / 3 / 2);
    assertThat(first.getSpec().getPaidBySwarmId()).isEqualTo(owner);
    client
        .claims()
        .failTask(
            FailTaskRequest.newBuilder()
                .setRequestId(FabricClient.request())
                .setTaskId(first.getTaskId())
                .setSwarmId(helper)
                .setFence(first.getFence())
                .setRetryable(true)
                .setCostMicros(1_234)
                .build());
    client.complete(await().atMost(SOON).ignoreExceptions().until(() -> client.claim(help.get(0), helper, session), again -> true), "at last", 20_000);
    client.complete(client.claim(help.get(1), second, another), "at once", 7);
    await().atMost(SOON).until(() -> client.task(task).hasClaimed());
    long rest = CAP_MICROS - 1_234 - 20_000 - 7;
    assertThat(Refused.by(() -> client.complete(claim, "too dear", rest + 1)).code()).isEqualTo(ErrorCode.ERROR_CODE_COST_OVER_CAP);
    client.complete(claim, "all of it", rest);
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              Account paid = client.account(owner).getAccount();
              assertThat(paid.getSettledMicros()).isEqualTo(CAP_MICROS);
              assertThat(paid.getCreditMicros()).isZero();
              assertThat(paid.getWastedMicros()).isEqualTo(1_234);
              assertThat(client.account(owner).getCommittedMicros()).isZero();
              for (String free : List.of(helper, second)) {
                assertThat(client.account(free).getAccount().getSettledMicros()).isZero();
                assertThat(client.account(free).getAccount().getClaimsCompleted()).isEqualTo(1);
              }
              assertThat(client.account(helper).getAccount().getClaimsFailed()).isEqualTo(1);
            });
    assertThat(MoneyHistory.of(fabric, owner).overdrafts()).isEmpty();
  }

  @Test
  void swarmOfOneClaimAtOnce_worksOnAnotherWhileItsTaskIsParked_andGoesOnBesideIt() {
    client.register(owner, 1_000_000, 1, skill);
    String session = client.open(owner, Duration.ofMinutes(2));
    String filler = Unique.id("filler");
    List.of(task, filler).forEach(id -> client.submit(TaskSpec.newBuilder().setTaskId(id).addRequiredCapabilities(skill).setMaxCostMicros(1_000).build()));
    Claim first = client.claim(task, owner, session);
    assertThat(Refused.by(() -> client.claim(filler, owner, session)).code()).isEqualTo(ErrorCode.ERROR_CODE_AT_CAPACITY);
    Blocker blocker = client.claims().raiseBlocker(raise(first).build()).getBlocker();
    Claim second = client.claim(filler, owner, session);
    client
        .claims()
        .resolveBlocker(
            ResolveBlockerRequest.newBuilder()
                .setRequestId(FabricClient.request())
                .setTaskId(task)
                .setBlockerId(blocker.getBlockerId())
                .setSwarmId(owner)
                .setFence(first.getFence())
                .build());
    assertThat(client.task(task).getClaimed().getFence()).isEqualTo(first.getFence());
    client.complete(first, "went on", 0);
    client.complete(second, "done meanwhile", 0);
  }

  @Test
  void needThatOnlyTheBlockedSwarmMeets_isEscalated_told_andAPersonResolvesIt(@TempDir Path folder) throws Exception {
    Claim claim = held();
    Set<String> told = ConcurrentHashMap.newKeySet();
    String id;
    try (Connection nats = Nats.connect(fabric.fabric().nats().address())) {
      nats.createDispatcher().subscribe("if.v1.event.blocker.escalated.*", message -> told.add(message.getSubject()));
      nats.flush(SOON);
      id = client.claims().raiseBlocker(raise(claim).addNeeds(rescue).build()).getBlocker().getBlockerId();
      await().atMost(SOON).until(() -> told.contains("if.v1.event.blocker.escalated." + id));
    }
    ListBlockersRequest.Builder escalated = ListBlockersRequest.newBuilder().setSwarmId(owner).addStates(BlockerState.BLOCKER_STATE_ESCALATED);
    try (FabricClient other = fabric.clientOf(1)) {
      Blocker waiting = await().atMost(SOON).until(() -> other.claims().listBlockers(escalated.build()).getBlockersList(), found -> found.size() == 1).getFirst();
      assertThat(waiting.getBlockerId()).isEqualTo(id);
      assertThat(waiting.getUnmetNeedsList()).containsExactly(rescue);
      assertThat(waiting.getDetail()).contains("nobody was found for " + rescue);
      Ifctl ifctl = new Ifctl(fabric);
      Path nothing = Files.writeString(folder.resolve("nothing"), "");
      Ifctl.Result shown = ifctl.call(nothing, "-o", "jsonl", "blocker", "list", "--escalated", "--swarm", owner);
      assertThat(shown.exitCode()).as(shown.talk()).isZero();
      assertThat(shown.out().lines()).singleElement().asString().contains(id);
      assertThat(ifctl.call(nothing, "blocker", "get", id).out()).contains("escalated", "nobody was found for " + rescue);
      assertThat(ifctl.call(nothing, "blocker", "resolve", task, id, "--principal", "ada@example.org", "--resolution", "done by hand").exitCode()).isZero();
      assertThat(ifctl.call(nothing, "-o", "jsonl", "blocker", "list", "--escalated", "--swarm", owner).out()).isBlank();
      other.complete(claim, "done after all", 0);
    }
  }

  @Test
  void blockersOverBothCoordinators_thatWouldWaitForEachOther_areRefused_onNatsToo() throws Exception {
    Claim claim = held();
    String after = Unique.id("after");
    client.submit(TaskSpec.newBuilder().setTaskId(after).addDependsOn(task).build());
    try (NatsDoor nats = NatsDoor.of(fabric); FabricClient other = fabric.clientOf(1)) {
      assertThat(Refused.by(() -> other.claims().raiseBlocker(raise(claim).addWaitsForTaskIds(after).build())).metadata())
          .containsEntry("path", task + " -> " + after + " -> " + task);
      String json = "{\"requestId\":\"r-%s\",\"taskId\":\"%s\",\"swarmId\":\"%s\",\"fence\":\"%d\",\"type\":\"weather\",\"waitsForTaskIds\":[\"%s\"]}";
      assertThat(nats.call("coordinator", "RaiseBlocker", json.formatted(task, task, owner, claim.getFence(), after)).error()).startsWith("BLOCKER_CYCLE");
    }
    assertThat(client.task(task).hasClaimed()).isTrue();
  }
}
