package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.CloseSessionRequest;
import io.infrafabric.coordinator.v1.Domain;
import io.infrafabric.coordinator.v1.GetSessionRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.ListBlockersRequest;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.PlanServiceGrpc;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.Session;
import io.infrafabric.coordinator.v1.SessionStatus;
import io.infrafabric.coordinator.v1.SubmitPlanRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.WatchOffersRequest;
import io.infrafabric.coordinator.v1.WatchOffersResponse;
import io.infrafabric.coordinator.v1.WatchPlanRequest;
import io.infrafabric.coordinator.v1.WatchPlanResponse;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.time.Times;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Sessions, phases and agents as the predecessor's operators had them: who works on what, who helps whom, and whose is what. */
@ExtendWith(SharedFabric.class)
class OperatingModelTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int SESSIONS = 7;
  private static final int AGENTS = 7;
  private static final int PHASES = 10;

  private final RunningFabric fabric;
  private final FabricClient client;
  private final PlanServiceGrpc.PlanServiceBlockingStub plans;
  private final String plan = Unique.id("plan");

  OperatingModelTest(RunningFabric fabric) {
    this.fabric = fabric;
    this.client = fabric.client();
    this.plans = PlanServiceGrpc.newBlockingStub(client.coordinator());
  }

  private void submit(Plan.Builder what) {
    plans.submitPlan(SubmitPlanRequest.newBuilder().setRequestId(FabricClient.request()).setPlan(what.setPlanId(plan)).build());
  }

  private String agent(int session, int number) {
    return plan + "-s" + session + "-a" + number;
  }

  private String task(int session, int phase) {
    return plan + "-s" + session + "-p" + phase;
  }

  /** O1, O2, O5: 49 agents of seven sessions do seventy phases by offers alone; all are done, each once, in order, each by its own session. */
  @Test
  void fortyNineAgents_doSeventyPhases_eachOnce_inOrder_eachByItsSession() throws InterruptedException {
    Plan.Builder all = Plan.newBuilder();
    for (int s = 1; s <= SESSIONS; s++) {
      String domain = plan + "-d" + s;
      Domain.Builder owned = Domain.newBuilder().setName(domain);
      for (int a = 1; a <= AGENTS; a++) {
        client.register(agent(s, a), 0, 1, domain + ":phase:work");
        owned.addOwnerSwarmIds(agent(s, a));
      }
      all.addDomains(owned);
      for (int p = 1; p <= PHASES; p++) {
        Phase.Builder phase = Phase.newBuilder().setName("s" + s + "-phase-" + p).addTasks(TaskSpec.newBuilder().setTaskId(task(s, p)).addRequiredCapabilities(domain + ":phase:work"));
        all.addPhases(p == 1 ? phase.setIndependent(true) : phase.addAfter("s" + s + "-phase-" + (p - 1)));
      }
    }
    Map<String, List<String>> did = new ConcurrentHashMap<>();
    List<Throwable> trouble = Collections.synchronizedList(new ArrayList<>());
    List<Thread> agents = new ArrayList<>();
    Map<String, String> sessions = new HashMap<>();
    try (FabricClient door = fabric.clientOf(0)) {
      for (int s = 1; s <= SESSIONS; s++) {
        for (int a = 1; a <= AGENTS; a++) {
          String name = agent(s, a);
          String session = door.open(name, Duration.ofMinutes(5));
          sessions.put(name, session);
          agents.add(Thread.startVirtualThread(() -> work(door, name, session, did.computeIfAbsent(name, n -> new ArrayList<>()), trouble)));
        }
      }
      submit(all);
      Iterator<WatchPlanResponse> progress = plans.withDeadlineAfter(2, TimeUnit.MINUTES).watchPlan(WatchPlanRequest.newBuilder().setPlanId(plan).build());
      WatchPlanResponse last = WatchPlanResponse.getDefaultInstance();
      while (progress.hasNext()) {
        last = progress.next();
      }
      assertThat(last.getProgress().getCompleted()).isEqualTo(SESSIONS * PHASES);
    }
    for (Thread agent : agents) {
      agent.join();
    }
    sessions.forEach(this::close);
    assertThat(trouble).isEmpty();
    List<String> done = did.values().stream().flatMap(List::stream).toList();
    assertThat(done).as("double work").doesNotHaveDuplicates().hasSize(SESSIONS * PHASES);
    TaskHistory history = TaskHistory.of(fabric);
    for (int s = 1; s <= SESSIONS; s++) {
      for (int p = 1; p <= PHASES; p++) {
        Task ended = client.task(task(s, p));
        assertThat(ended.getAttempt()).isEqualTo(1);
        assertThat(ended.getCompleted().getClaim().getSwarmId()).startsWith(plan + "-s" + s + "-");
        if (p > 1) {
          assertThat(history.first(task(s, p - 1), Task::hasCompleted)).as("phase %d of session %d", p, s).isBetween(1L, history.first(task(s, p), Task::hasClaimed) - 1);
        }
      }
    }
  }

  private void close(String swarm, String session) {
    client.sessions().closeSession(CloseSessionRequest.newBuilder().setRequestId(FabricClient.request()).setSwarmId(swarm).setSessionId(session).build());
  }

  /** Claims what it is offered until the door is closed. */
  private static void work(FabricClient door, String name, String session, List<String> did, List<Throwable> trouble) {
    Iterator<WatchOffersResponse> offers =
        door.claims().withDeadlineAfter(5, TimeUnit.MINUTES).watchOffers(WatchOffersRequest.newBuilder().setSwarmId(name).setSessionId(session).build());
    Set<ErrorCode> lost = Set.of(ErrorCode.ERROR_CODE_ALREADY_CLAIMED, ErrorCode.ERROR_CODE_TASK_ENDED, ErrorCode.ERROR_CODE_AT_CAPACITY, ErrorCode.ERROR_CODE_TASK_NOT_READY);
    try {
      while (offers.hasNext()) {
        Offer offer = offers.next().getOffer();
        try {
          Claim claim = door.claim(offer.getTaskId(), name, session);
          door.complete(claim, "done by " + name, 0);
          did.add(offer.getTaskId());
        } catch (RuntimeException refused) {
          if (Errors.refusalOf(refused).filter(refusal -> lost.contains(refusal.code())).isEmpty()) {
            throw refused;
          }
        }
      }
    } catch (RuntimeException ended) {
      if (Errors.refusalOf(ended).filter(refusal -> refusal.code() == ErrorCode.ERROR_CODE_UNAVAILABLE).isEmpty() && !String.valueOf(ended.getMessage()).contains("shutdown")) {
        trouble.add(ended);
      }
    }
  }

  /** O10: whoever falls silent loses its claim, and the task rings again at others. */
  @Test
  void taskOfASilentWorker_isOfferedToOthers() {
    String skill = Unique.capability();
    String silent = Unique.id("silent");
    String heir = Unique.id("heir");
    String id = Unique.id("left-behind");
    client.register(silent, 0, 1, skill);
    String session = client.open(silent, Duration.ofSeconds(2));
    client.submit(TaskSpec.newBuilder().setTaskId(id).addRequiredCapabilities(skill).build());
    client.claim(id, silent, session);
    client.register(heir, 0, 1, skill);
    String heirs = client.open(heir, Duration.ofMinutes(2));
    Iterator<WatchOffersResponse> offers =
        client.claims().withDeadlineAfter(SOON.toSeconds(), TimeUnit.SECONDS).watchOffers(WatchOffersRequest.newBuilder().setSwarmId(heir).setSessionId(heirs).build());
    Set<String> rung = new HashSet<>();
    while (!rung.contains(id)) {
      rung.add(offers.next().getOffer().getTaskId());
    }
    assertThat(client.claim(id, heir, heirs).getAttempt()).isEqualTo(2);
  }

  /** O3, O4: what everybody does is told through gRPC and ifctl, and as the predecessor's files. */
  @Test
  void status_tellsWhoIsStopped_andWhoHelps(@TempDir Path folder) throws Exception {
    String help = Unique.capability();
    String own = Unique.capability();
    String stopped = Unique.id("stopped");
    String helper = Unique.id("helper");
    String id = Unique.id("hard");
    client.register(stopped, 1_000_000, 3, own);
    client.register(helper, 1_000_000, 1, help);
    String session = client.open(stopped, Duration.ofMinutes(2));
    String helpers = client.open(helper, Duration.ofMinutes(2));
    assertThat(status(helper).getStatus()).isEqualTo(SessionStatus.SESSION_STATUS_IDLE);
    assertThat(status(helper).getCanHelpList()).containsExactly(help);
    client.submit(TaskSpec.newBuilder().setTaskId(id).addRequiredCapabilities(own).setMaxCostMicros(10_000).build());
    Claim claim = client.claim(id, stopped, session);
    await().atMost(SOON).until(() -> status(stopped).getStatus() == SessionStatus.SESSION_STATUS_WORKING);
    client
        .claims()
        .raiseBlocker(
            RaiseBlockerRequest.newBuilder().setRequestId(FabricClient.request()).setTaskId(id).setSwarmId(stopped).setFence(claim.getFence()).setType("weather").setDescription("it rains").addNeeds(help).build());
    Instant until = Instant.now().plusSeconds(600);
    client
        .sessions()
        .keepAlive(KeepAliveRequest.newBuilder().setRequestId(FabricClient.request()).setSwarmId(stopped).setSessionId(session).setNote("waits for sun").setEstimatedUnblock(Times.toProto(until)).build());
    String helpTask =
        await()
            .atMost(SOON)
            .until(() -> client.claims().listBlockers(ListBlockersRequest.newBuilder().setTaskId(id).build()).getBlockers(0).getHelpTaskIdsList(), tasks -> !tasks.isEmpty())
            .getFirst();
    await().atMost(SOON).ignoreExceptions().until(() -> client.claim(helpTask, helper, helpers), helping -> true);
    await().atMost(SOON).until(() -> status(helper).getStatus() == SessionStatus.SESSION_STATUS_HELPING);
    assertThat(status(helper).getReason()).isEqualTo("helps " + stopped + " with " + helpTask + " (0 %)");
    assertThat(status(helper).getCanHelpList()).as("it is full").isEmpty();
    await().atMost(SOON).until(() -> status(stopped).getStatus() == SessionStatus.SESSION_STATUS_PARKED);
    Session parked = status(stopped);
    assertThat(parked.getReason()).isEqualTo("task " + id + " is stopped by weather, waits for " + helpTask);
    assertThat(parked.getNote()).isEqualTo("waits for sun");
    assertThat(parked.getEstimatedUnblock()).isEqualTo(Times.toProto(until));
    Path none = Files.createFile(folder.resolve("none"));
    Ifctl ifctl = new Ifctl(fabric);
    assertThat(ifctl.call(none, "session", "get", stopped).out()).contains("parked", "waits for sun");
    Ifctl.Result exported = ifctl.call(none, "session", "export", folder.toString());
    assertThat(exported.exitCode()).as(exported.talk()).isZero();
    assertThat(Files.readString(folder.resolve("STATUS-" + helper.toUpperCase(Locale.ROOT) + ".md"))).contains("status: \"helping\"", "reason: \"helps " + stopped);
  }

  private Session status(String swarm) {
    return client.sessions().getSession(GetSessionRequest.newBuilder().setSwarmId(swarm).build()).getSession();
  }
}
