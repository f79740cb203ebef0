package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.OfferTaskRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.ListSwarmsRequest;
import io.infrafabric.governor.v1.ListSwarmsResponse;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.governor.v1.UnregisterSwarmRequest;
import io.infrafabric.kit.grpc.Errors;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Ten thousand swarms: a task that all could do wakes up a handful (C9), and all stay registered until they are taken out (C8). */
@Alone
class HerdTest {
  private static final int SWARMS = 10_000;
  private static final int MOST_CLAIMS = 5;
  private static final int PAGE = 500;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration WINDOW = Duration.ofSeconds(6);
  private static final String SKILL = "herd:work";
  private static final String LEAVERS_SKILL = "herd:leave";

  private static final Queue<Claim> WON = new ConcurrentLinkedQueue<>();
  private static final Queue<Refusal> REFUSED = new ConcurrentLinkedQueue<>();
  private static RunningFabric running;
  private static FabricClient client;
  private static Multitude herd;
  private static Multitude leaver;

  @BeforeAll
  static void connect() throws Exception {
    running = RunningFabric.startWithoutChassis();
    client = running.client();
    herd = Multitude.connect(running, "herd", SWARMS, SKILL, HerdTest::claim);
    leaver = Multitude.connect(running, "leaver", 1, LEAVERS_SKILL, offer -> {});
  }

  @AfterAll
  static void stop() throws Exception {
    if (herd != null) {
      herd.close();
    }
    if (leaver != null) {
      leaver.close();
    }
    running.close();
  }

  private static void claim(Offer offer) {
    try {
      WON.add(client.claim(offer.getTaskId(), offer.getSwarmId(), herd.session(offer.getSwarmId())));
    } catch (io.grpc.StatusRuntimeException lost) {
      REFUSED.add(Errors.refusalOf(lost).orElseThrow(() -> lost));
    }
  }

  private static void submit(String task, String skill) {
    client.submit(TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(skill).build());
  }

  @Test
  void oneTask_causesAtMostFiveClaimTransactionsOfTenThousandSwarms() throws Exception {
    int doorbells = herd.doorbells().size();
    int won = WON.size();
    int refused = REFUSED.size();
    long idle = transactionsOfAWindow(() -> {});
    long busy = transactionsOfAWindow(() -> submit("herd-task", SKILL));
    await("the answers to all").atMost(PATIENCE).until(() -> WON.size() > won && WON.size() + REFUSED.size() == herd.doorbells().size());
    int rung = herd.doorbells().size() - doorbells;
    System.out.printf(
        "%d swarms, one task: %d doorbells, %d won, %d refused; etcd had %d transactions in %d s, %d in as long without the task%n",
        SWARMS, rung, WON.size() - won, REFUSED.size() - refused, busy, WINDOW.toSeconds(), idle);
    assertThat(WON.size() - won).isEqualTo(1);
    assertThat(rung).as("doorbells, and so claims").isBetween(1, MOST_CLAIMS);
    assertThat(busy - idle).as("transactions: the submit, the claims, the cursors of the relays, the heads of the witness log").isLessThanOrEqualTo(3L * MOST_CLAIMS);
  }

  /** Lets something happen and answers what etcd has to do in a window of time from then on, elections and all. */
  private static long transactionsOfAWindow(Runnable event) throws Exception {
    long before = EtcdCounters.transactions(running);
    Instant end = Instant.now().plus(WINDOW);
    event.run();
    await().atMost(PATIENCE).until(() -> Instant.now().isAfter(end));
    return EtcdCounters.transactions(running) - before;
  }

  @Test
  void allAreListedByPages_alsoAfterRestarts_andOneThatIsTakenOutIsNotPushedTo() {
    List<String> everybody = new ArrayList<>(herd.swarms());
    everybody.addAll(leaver.swarms());
    assertThat(listed()).containsExactlyInAnyOrderElementsOf(everybody);
    running.fabric().governor().restart();
    running.fabric().coordinators().getFirst().restart();
    await("both know them again")
        .atMost(PATIENCE)
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              assertThat(listed()).containsExactlyInAnyOrderElementsOf(everybody);
              assertThat(client.status().getSwarms()).isEqualTo(SWARMS + 1);
              assertThat(client.status().getSessions()).isEqualTo(SWARMS + 1);
            });

    String one = leaver.swarms().iterator().next();
    submit("before-it-left", LEAVERS_SKILL);
    await("its doorbell").atMost(PATIENCE).until(() -> hasRung(leaver, "before-it-left"));
    await("one by hand").atMost(PATIENCE).ignoreExceptions().until(() -> push("before-it-left", one).getSwarmId().equals(one));
    client
        .registry()
        .unregisterSwarm(UnregisterSwarmRequest.newBuilder().setRequestId(FabricClient.request()).setSwarmId(one).setPrincipal("ada@example.org").setReason("is not needed any more").build());
    assertThat(listed()).containsExactlyInAnyOrderElementsOf(herd.swarms());
    await("the coordinator knows").atMost(PATIENCE).until(() -> client.status().getSwarms() == SWARMS);

    submit("after-it-left", LEAVERS_SKILL);
    assertThat(Refused.by(() -> push("after-it-left", one)).code()).isEqualTo(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND);
    assertThat(Refused.by(() -> client.claim("after-it-left", one, leaver.session(one))).code()).isEqualTo(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND);
    submit("for-the-others", SKILL);
    await("who comes later in the order is rung").atMost(PATIENCE).until(() -> hasRung(herd, "for-the-others"));
    assertThat(hasRung(leaver, "after-it-left")).isFalse();
    assertThat(client.task("after-it-left").hasReady()).isTrue();
    for (String task : List.of("before-it-left", "after-it-left")) {
      client.tasks().cancelTask(CancelTaskRequest.newBuilder().setRequestId(FabricClient.request()).setTaskId(task).build());
    }
  }

  private static Offer push(String task, String swarm) {
    return client
        .tasks()
        .offerTask(OfferTaskRequest.newBuilder().setRequestId(FabricClient.request()).setTaskId(task).setSwarmId(swarm).build())
        .getOffer();
  }

  private static boolean hasRung(Multitude all, String task) {
    return all.doorbells().stream().anyMatch(offer -> offer.getTaskId().equals(task));
  }

  /** The ids of all that are registered, by pages. */
  private static List<String> listed() {
    Instant begin = Instant.now();
    List<String> ids = new ArrayList<>();
    int pages = 0;
    String next = "";
    do {
      ListSwarmsResponse page = client.registry().listSwarms(ListSwarmsRequest.newBuilder().setPageSize(PAGE).setPageToken(next).build());
      page.getStandingsList().stream().map(Standing::getSwarmId).forEach(ids::add);
      next = page.getNextPageToken();
      pages++;
    } while (!next.isEmpty());
    System.out.printf("%d swarms listed in %d pages in %d ms%n", ids.size(), pages, Duration.between(begin, Instant.now()).toMillis());
    return ids;
  }
}
