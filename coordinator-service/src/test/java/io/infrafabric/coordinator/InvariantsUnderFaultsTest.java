package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.KEYS;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.commitment.HelpMoney;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.v1.Attempt;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.CloseSessionRequest;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.ListClaimsRequest;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.ReportProgressResponse;
import io.infrafabric.coordinator.v1.ResolveBlockerRequest;
import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.testkit.history.HistoryRules;
import io.infrafabric.testkit.history.Version;
import io.infrafabric.testkit.Stalls;
import io.infrafabric.testkit.store.Faults;
import io.infrafabric.testkit.store.FaultyStore;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Swarms that do whatever comes to mind, at two coordinators, over a store between which and them things go wrong. Then the
 * whole history is judged: I1 to I6 by the task records, I7 by the books, and that no call was done twice.
 */
class InvariantsUnderFaultsTest {
  private static final int SWARMS = 5;
  private static final int STEPS = 40;
  private static final long GRANTED = 40_000;
  private static final long CAP = 10_000;

  private final MemoryStore memory = new MemoryStore();
  private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
  private final Set<String> blockers = ConcurrentHashMap.newKeySet();
  private final Map<String, String> claimOfRequest = new ConcurrentHashMap<>();

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2})
  void invariants_holdOverTheWholeHistory(long given) throws Exception {
    long seed = given == 0 ? System.nanoTime() : given;
    FaultyStore here = new FaultyStore(memory, seed);
    FaultyStore there = new FaultyStore(memory, seed + 1);
    try (CoordinatorFixture one = new CoordinatorFixture(memory, here);
        CoordinatorFixture other = new CoordinatorFixture(memory, there);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < SWARMS; i++) {
        one.standing(Samples.standing("s" + i).setMaxConcurrent(3).setCreditMicros(GRANTED).build());
      }
      List<SwarmId> all = IntStream.range(0, SWARMS).mapToObj(i -> new SwarmId("s" + i)).toList();
      List.of(one, other).forEach(coordinator -> coordinator.ranking.put("help:any", all));
      here.set(Faults.MIXED);
      there.set(Faults.MIXED);
      List<Future<?>> swarms = new ArrayList<>();
      for (int i = 0; i < SWARMS; i++) {
        Swarm swarm = new Swarm("s" + i, new Random(seed + 10 + i), List.of(one, other));
        swarms.add(threads.submit(swarm::live));
      }
      Future<?> governor = threads.submit(() -> govern(one, other, swarms));
      for (Future<?> swarm : swarms) {
        swarm.get();
      }
      governor.get();
      here.set(Faults.NONE);
      there.set(Faults.NONE);
      Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> one.replica.reachable() && other.replica.reachable());
      one.advance(Duration.ofMinutes(10));
      other.advance(Duration.ofMinutes(10));
      converged(one);
      one.settle();
      converged(one);
      converged(other);
      judge(seed);
    }
  }

  /** The loops of both coordinators, the governor's bookings, and now and then a lost connection, while the swarms live. */
  private void govern(CoordinatorFixture one, CoordinatorFixture other, List<Future<?>> swarms) {
    while (swarms.stream().anyMatch(swarm -> !swarm.isDone())) {
      for (CoordinatorFixture coordinator : List.of(one, other)) {
        coordinator.readiness.runOnce(coordinator.now());
        coordinator.expiry.runOnce(coordinator.now());
        coordinator.booked.runOnce();
        coordinator.duty.runOnce(coordinator.now());
        coordinator.caughtUp();
      }
      for (int i = 0; i < SWARMS; i++) {
        book("s" + i);
      }
      memory.breakWatches();
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }

  /** Books every ended claim once: lowers the credit by its cost and lists it, as long as the book lists it too. */
  private void book(String swarm) {
    CommitmentsRecord book = record(KEYS.commitments(new SwarmId(swarm))).map(e -> Records.parse(e, CommitmentsRecord.parser())).orElse(CommitmentsRecord.getDefaultInstance());
    Standing standing = Records.parse(record(KEYS.standing(new SwarmId(swarm))).orElseThrow(), Standing.parser());
    List<Commitment> ended = book.getCommitmentsList().stream().filter(c -> !CommitmentRules.isOpen(c)).toList();
    Set<String> settled = new HashSet<>(standing.getSettledClaimIdsList());
    long cost = ended.stream().filter(c -> !settled.contains(c.getClaimId())).mapToLong(Commitment::getCostMicros).sum();
    List<String> listed = ended.stream().map(Commitment::getClaimId).toList();
    if (!listed.equals(standing.getSettledClaimIdsList())) {
      ByteString next = standing.toBuilder().setCreditMicros(standing.getCreditMicros() - cost).clearSettledClaimIds().addAllSettledClaimIds(listed).build().toByteString();
      CoordinatorFixture.put(memory, KEYS.standing(new SwarmId(swarm)), next);
    }
  }

  private Optional<Entry> record(String key) {
    return memory.entries(key).stream().filter(entry -> entry.key().equals(key)).findFirst();
  }

  private void judge(long seed) {
    List<Version> history =
        memory.changes(KEYS.tasks()).stream()
            .map(change -> new Version(change.revision(), change.key(), change instanceof Change.Written written ? Optional.of(written.entry().value()) : Optional.empty()))
            .toList();
    assertThat(HistoryRules.judgeQuiet(history, acknowledged)).as("seed %d", seed).isEmpty();
    assertThat(acknowledged).as("seed %d: something was done", seed).isNotEmpty();
    assertThat(claimOfRequest).as("seed %d: something was claimed", seed).isNotEmpty();
    judgeMoney(seed);
    judgeBlockers(seed);
  }

  /** Every acknowledged blocker is kept, and a claim with its help never costs more than the cap of its task. */
  private void judgeBlockers(long seed) {
    Map<String, Blocker> kept = new HashMap<>();
    memory.entries(KEYS.blockers()).forEach(entry -> kept.put(Keys.idOf(entry.key()), Records.parse(entry, BlockerRecord.parser()).getBlocker()));
    assertThat(kept.keySet()).as("seed %d", seed).containsAll(blockers);
    Map<String, Task> tasks = new HashMap<>();
    memory.entries(KEYS.tasks()).forEach(entry -> tasks.put(Keys.idOf(entry.key()), StoredTask.of(entry).task()));
    for (Task task : tasks.values()) {
      for (Attempt attempt : task.getAttemptsList()) {
        long help =
            kept.values().stream()
                .filter(blocker -> blocker.getTaskId().equals(task.getSpec().getTaskId()) && blocker.getFence() == attempt.getFence())
                .flatMap(blocker -> blocker.getHelpTaskIdsList().stream())
                .flatMap(id -> tasks.get(id).getAttemptsList().stream())
                .mapToLong(Attempt::getCostMicros)
                .sum();
        assertThat(attempt.getCostMicros() + help).as("seed %d: %s", seed, task).isLessThanOrEqualTo(task.getSpec().getMaxCostMicros());
      }
    }
  }

  /** Invariant I7: at every claim what is promised fits what is left, and nothing is booked twice or below zero. */
  private void judgeMoney(long seed) {
    Map<String, Standing> standings = new HashMap<>();
    Map<String, CommitmentsRecord> books = new HashMap<>();
    Map<String, Set<String>> claims = new HashMap<>();
    for (Change change : memory.changes(KEYS.root())) {
      if (!(change instanceof Change.Written written)) {
        continue;
      }
      String swarm = Keys.idOf(change.key());
      if (change.key().startsWith(KEYS.standings())) {
        Standing standing = Records.parse(written.entry(), Standing.parser());
        assertThat(standing.getCreditMicros()).as("seed %d, revision %d", seed, change.revision()).isNotNegative();
        standings.put(swarm, standing);
      } else if (change.key().startsWith(KEYS.commitments())) {
        CommitmentsRecord book = Records.parse(written.entry(), CommitmentsRecord.parser());
        CommitmentsRecord before = books.put(swarm, book);
        boolean claimed = book.getCommitmentsList().stream().filter(c -> CommitmentRules.isOpen(c) && !HelpMoney.isHelp(c)).anyMatch(c -> claims.computeIfAbsent(swarm, s -> new HashSet<>()).add(c.getClaimId()));
        if (claimed) {
          long promised = CommitmentRules.totalMicros(CommitmentRules.withoutSettled(book, standings.get(swarm)));
          assertThat(promised).as("seed %d, revision %d: promises of %s", seed, change.revision(), swarm).isLessThanOrEqualTo(standings.get(swarm).getCreditMicros());
          // Who goes on takes its place again whatever the room, maybe in the same transaction.
          assertThat(CommitmentRules.atWork(book) - resumed(before, book)).as("seed %d: claims of %s", seed, swarm).isLessThanOrEqualTo(3);
        }
        assertThat(book.getEndedCount()).isGreaterThanOrEqualTo(before == null ? 0 : before.getEndedCount());
        assertThat(book.getCommitmentsList().stream().filter(c -> !CommitmentRules.isOpen(c)).map(Commitment::getEndedNumber)).doesNotHaveDuplicates();
      }
    }
  }

  private static int resumed(CommitmentsRecord before, CommitmentsRecord after) {
    List<String> parked = before == null ? List.of() : before.getCommitmentsList().stream().filter(Commitment::getParked).map(Commitment::getClaimId).toList();
    return (int) after.getCommitmentsList().stream().filter(c -> CommitmentRules.isOpen(c) && !c.getParked() && parked.contains(c.getClaimId())).count();
  }

  private Map<String, ByteString> truth() {
    Map<String, ByteString> truth = new HashMap<>();
    new Records(KEYS).prefixes().forEach(prefix -> memory.entries(prefix.path()).forEach(entry -> truth.put(entry.key(), entry.value())));
    return truth;
  }

  /** Invariant I10: within 5 s the copy is what the store has. */
  private void converged(CoordinatorFixture fixture) {
    boolean inTime =
        Stalls.within(
            Duration.ofSeconds(5),
            () -> {
              fixture.caughtUp();
              Map<String, ByteString> copy = new HashMap<>();
              fixture.replica.scan(KEYS.root()).values().forEach(entry -> copy.put(entry.key(), entry.value()));
              return copy.equals(truth());
            });
    assertThat(inTime).as("a copy that is what the store has").isTrue();
  }

  /** A swarm of one thread. */
  private final class Swarm {
    private final String name;
    private final Random random;
    private final List<CoordinatorFixture> coordinators;
    private final List<Claim> held = new ArrayList<>();
    private String session = "";
    private int requests;

    Swarm(String name, Random random, List<CoordinatorFixture> coordinators) {
      this.name = name;
      this.random = random;
      this.coordinators = coordinators;
    }

    void live() {
      for (int i = 0; i < STEPS; i++) {
        step();
      }
    }

    private CoordinatorFixture any() {
      return coordinators.get(random.nextInt(coordinators.size()));
    }

    private String request() {
      return name + "-" + ++requests;
    }

    private void step() {
      int dice = random.nextInt(100);
      if (session.isEmpty() || dice < 4) {
        open();
      } else if (dice < 30) {
        submit();
      } else if (dice < 60) {
        claim();
      } else if (dice < 63) {
        closeSession();
      } else if (dice < 67) {
        cancel();
      } else if (!held.isEmpty()) {
        report(dice);
      }
    }

    /** Calls until somebody answers, with the same request, at whichever coordinator; empty when it is refused. */
    private <T> Optional<T> call(Supplier<T> attempt) {
      for (int i = 0; i < 60; i++) {
        try {
          return Optional.of(attempt.get());
        } catch (StatusRuntimeException status) {
          ErrorCode code = Errors.refusalOf(status).orElseThrow(() -> status).code();
          assertThat(code).as(status.toString()).isNotEqualTo(ErrorCode.ERROR_CODE_INTERNAL);
          if (code != ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN && code != ErrorCode.ERROR_CODE_UNAVAILABLE && code != ErrorCode.ERROR_CODE_CONTENDED) {
            return Optional.empty();
          }
          LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
      }
      throw new AssertionError("nobody answered");
    }

    /** Takes over, without what it holds or with that; then nothing that it had the right to before is taken from it. */
    private void open() {
      boolean inherit = random.nextBoolean();
      OpenSessionRequest request = OpenSessionRequest.newBuilder().setRequestId(request()).setSwarmId(name).setReplace(!inherit).setInherit(inherit).build();
      List<Claim> before = List.copyOf(held);
      held.clear();
      call(() -> any().sessions.openSession(request)).ifPresent(opened -> session = opened.getSessionId());
      if (inherit) {
        before.forEach(old -> assertThat(progress(old, request(), 99)).as("with a fence of before: %s", old).isEmpty());
        ListClaimsRequest list = ListClaimsRequest.newBuilder().setSwarmId(name).build();
        call(() -> any().claims.listClaims(list))
            .ifPresent(found -> found.getClaimsList().stream().filter(each -> each.getState() == TaskState.TASK_STATE_CLAIMED).forEach(each -> held.add(each.getClaim())));
      }
    }

    private Optional<ReportProgressResponse> progress(Claim claim, String request, int percent) {
      ReportProgressRequest report =
          ReportProgressRequest.newBuilder().setRequestId(request).setTaskId(claim.getTaskId()).setSwarmId(name).setFence(claim.getFence()).setPercent(percent).build();
      return call(() -> any().claims.reportProgress(report));
    }

    private void closeSession() {
      CloseSessionRequest request = CloseSessionRequest.newBuilder().setRequestId(request()).setSwarmId(name).setSessionId(session).build();
      call(() -> any().sessions.closeSession(request));
      held.clear();
      session = "";
    }

    private void submit() {
      String id = name + "-t" + ++requests;
      SubmitTaskRequest request =
          SubmitTaskRequest.newBuilder().setRequestId(request()).setSpec(Samples.spec(id).setMaxCostMicros(random.nextLong(CAP)).setMaxAttempts(1 + random.nextInt(3))).build();
      call(() -> any().tasks.submitTask(request))
          .ifPresent(
              stored -> {
                acknowledged.add(id);
                assertThat(stored.getCreated()).as("the retry of a submit is told what the first did").isTrue();
              });
    }

    private void claim() {
      ClaimNextRequest request = ClaimNextRequest.newBuilder().setRequestId(request()).setSwarmId(name).setSessionId(session).build();
      call(() -> any().claims.claimNext(request).getClaim())
          .ifPresent(
              claim -> {
                held.add(claim);
                assertThat(claimOfRequest.putIfAbsent(request.getRequestId(), claim.getClaimId())).isNull();
                // Whoever asks again, wherever, is told the same, unless somebody cancelled the task meanwhile.
                call(() -> any().claims.claimNext(request).getClaim())
                    .filter(again -> again.getFence() != claim.getFence())
                    .ifPresent(again -> assertThat(any().task(claim.getTaskId()).hasCancelled()).as("%s instead of %s", again, claim).isTrue());
              });
    }

    /** Raises a blocker and mostly resolves it at once; others wait for their help, or for somebody to cancel the task. */
    private void block(Claim claim, String request, int dice) {
      RaiseBlockerRequest raise =
          RaiseBlockerRequest.newBuilder()
              .setRequestId(request)
              .setTaskId(claim.getTaskId())
              .setSwarmId(name)
              .setFence(claim.getFence())
              .setType("weather")
              .addNeeds("help:any")
              .build();
      Optional<Blocker> raised = call(() -> any().claims.raiseBlocker(raise).getBlocker());
      raised.ifPresent(blocker -> blockers.add(blocker.getBlockerId()));
      if (raised.isPresent() && dice != 70) {
        ResolveBlockerRequest resolve =
            ResolveBlockerRequest.newBuilder()
                .setRequestId(request())
                .setTaskId(claim.getTaskId())
                .setBlockerId(raised.get().getBlockerId())
                .setSwarmId(name)
                .setFence(claim.getFence())
                .build();
        call(() -> any().claims.resolveBlocker(resolve));
      }
    }

    private void cancel() {
      acknowledged.stream().skip(random.nextInt(1 + acknowledged.size())).findFirst()
          .map(task -> CancelTaskRequest.newBuilder().setRequestId(request()).setTaskId(task).build())
          .ifPresent(request -> call(() -> any().tasks.cancelTask(request)));
    }

    private void report(int dice) {
      Claim claim = held.get(random.nextInt(held.size()));
      String request = request();
      long cost = claim.getSpec().getMaxCostMicros() == 0 ? 0 : random.nextLong(claim.getSpec().getMaxCostMicros());
      if (dice < 71) {
        block(claim, request, dice);
        return;
      }
      if (dice < 75) {
        progress(claim, request, dice);
        return;
      }
      held.remove(claim);
      if (dice < 88) {
        call(() -> any().claims.completeTask(CompleteTaskRequest.newBuilder().setRequestId(request).setTaskId(claim.getTaskId()).setSwarmId(name).setFence(claim.getFence()).setCostMicros(cost).build()));
      } else if (dice < 95) {
        call(() -> any().claims.failTask(FailTaskRequest.newBuilder().setRequestId(request).setTaskId(claim.getTaskId()).setSwarmId(name).setFence(claim.getFence()).setRetryable(dice % 3 > 0).setCostMicros(cost).build()));
      } else {
        call(() -> any().claims.releaseTask(ReleaseTaskRequest.newBuilder().setRequestId(request).setTaskId(claim.getTaskId()).setSwarmId(name).setFence(claim.getFence()).build()));
      }
    }
  }
}
