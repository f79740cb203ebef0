package io.infrafabric.coordinator.plan;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.archive.Archived;
import io.infrafabric.coordinator.archive.BusArchive;
import io.infrafabric.coordinator.blocker.Blockers;
import io.infrafabric.coordinator.blocker.HelpSettings;
import io.infrafabric.coordinator.claim.Claims;
import io.infrafabric.coordinator.claim.Expiry;
import io.infrafabric.coordinator.claim.GrpcClaims;
import io.infrafabric.coordinator.dispatch.Pushes;
import io.infrafabric.coordinator.object.NamedObjects;
import io.infrafabric.coordinator.object.ObjectSettings;
import io.infrafabric.coordinator.dispatch.GrpcOfferWatch;
import io.infrafabric.coordinator.dispatch.NatsOffersHeard;
import io.infrafabric.coordinator.dispatch.PushTimes;
import io.infrafabric.coordinator.dispatch.OfferFeed;
import io.infrafabric.coordinator.explain.Explanations;
import io.infrafabric.coordinator.explain.LeastReputation;
import io.infrafabric.coordinator.privacy.ReplicaSights;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.session.GrpcSessions;
import io.infrafabric.coordinator.session.Sessions;
import io.infrafabric.coordinator.storage.Room;
import io.infrafabric.coordinator.task.GrpcTasks;
import io.infrafabric.coordinator.task.Operators;
import io.infrafabric.coordinator.task.Readiness;
import io.infrafabric.coordinator.task.TaskFeed;
import io.infrafabric.coordinator.task.TaskIndex;
import io.infrafabric.coordinator.task.Tasks;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.GetPlanRequest;
import io.infrafabric.coordinator.v1.GetPlanResponse;
import io.infrafabric.coordinator.v1.GetTaskRequest;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.PlanServiceGrpc;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.ResolveBlockerRequest;
import io.infrafabric.coordinator.v1.SessionServiceGrpc;
import io.infrafabric.coordinator.v1.SubmitPlanRequest;
import io.infrafabric.coordinator.v1.SubmitPlanResponse;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskServiceGrpc;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.grpc.GrpcServer;
import io.infrafabric.kit.grpc.InProcessServer;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.ReplicaSettings;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.kit.telemetry.Traces;
import io.infrafabric.names.Keys;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import io.infrafabric.testkit.nats.MemoryBus;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.function.Executable;

/** A coordinator with plans on gRPC in this process, over any store; its loops run when the test says so. */
final class PlanFixture implements AutoCloseable {
  private static final ReplicaSettings PATIENT =
      new ReplicaSettings(120, 1 << 20, 1, 20_000, Duration.ofSeconds(10), 50, Duration.ofMillis(100));
  /** Longer than any test: a share does not depend on how quick this machine is. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private static final AtomicInteger REQUESTS = new AtomicInteger();

  final Keys keys;
  final Records records;
  final TaskIndex index = new TaskIndex();
  final PlanIndex planIndex = new PlanIndex();
  final Replica replica;
  final Readiness readiness;
  final PhaseKeeper keeper;
  final Expiry expiry;
  final StragglerDuty stragglers;
  final CancelDuty cancellations;
  final PlanServiceGrpc.PlanServiceBlockingStub plans;
  final PlanServiceGrpc.PlanServiceStub planStreams;
  final TaskServiceGrpc.TaskServiceBlockingStub tasks;
  final ClaimServiceGrpc.ClaimServiceBlockingStub claims;
  final SessionServiceGrpc.SessionServiceBlockingStub sessions;
  /** By how much the coordinator's clock is before the true time. */
  private final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);
  private final Store store;
  private final boolean ownsStore;
  private final InProcessServer server;
  private final ExecutorService slow = Threads.virtualPerTask("slow");

  PlanFixture(Store store, Keys keys) {
    this(store, keys, true);
  }

  /** Another coordinator over the same store; to be closed before this one. */
  PlanFixture beside() {
    return new PlanFixture(store, keys, false);
  }

  private PlanFixture(Store store, Keys keys, boolean ownsStore) {
    this.ownsStore = ownsStore;
    this.store = store;
    this.keys = keys;
    this.records = new Records(keys);
    InstantSource clock = () -> Instant.now().plus(ahead.get());
    Traces traces = Telemetry.none().traces();
    replica = Replica.open("plans", store, records.prefixes(), PATIENT);
    readiness = new Readiness(replica, records, index, () -> true, clock);
    planIndex.addListener(
        new PlanIndex.Listener() {
          @Override
          public void onMayBeReady(TaskId task) {
            readiness.onMayBeReady(task);
          }
        });
    keeper = new PhaseKeeper(replica, records, planIndex, () -> true, clock);
    index.setMembers(planIndex);
    MemoryBus bus = new MemoryBus();
    Archived archived = new Archived(replica, records, new BusArchive(bus));
    FairShare shares = new FairShare(replica, records, planIndex, clock, PATIENCE);
    Claims claimer = new Claims(replica, records, index, shares, archived, Room.AMPLE, traces, clock);
    expiry = new Expiry(replica, records, index, claimer, () -> true);
    TaskFeed feed = new TaskFeed();
    Tasks submitter = new Tasks(replica, records, archived, Room.AMPLE, traces, clock);
    stragglers = new StragglerDuty(replica, records, planIndex, submitter, Room.AMPLE, traces, () -> true, clock);
    index.addListener(stragglers);
    cancellations = new CancelDuty(replica, records, planIndex, submitter, () -> true, clock);
    replica.onChange(keys.plans(), planIndex);
    replica.onChange(keys.tasks(), index);
    replica.follow(keys.tasks(), feed);
    replica.ready().join();
    Explanations explanations = new Explanations(replica, records, index, shares, archived, new NatsOffersHeard(new PushTimes()), HelpSettings.defaults(), Room.AMPLE, LeastReputation.UNKNOWN, clock, slow);
    Sessions sessioner = new Sessions(store, replica, records, Duration.ofSeconds(60), claimer.inheritance(), clock);
    NamedObjects named = new NamedObjects(bus, ObjectSettings.defaults(), clock);
    server =
        GrpcServer.Builder.of("plans-test")
            .service(new GrpcTasks(submitter, new Operators(replica, records, index, archived, clock), feed, replica, keys, explanations, new Pushes(replica, records, archived, Duration.ofSeconds(1), traces, clock), named, new ReplicaSights(replica, records, clock, slow), slow))
            .service(new GrpcPlans(new Plans(replica, records, planIndex, submitter, archived, new ResultObjects(() -> bus.bucket(Subjects.OBJECTS_BUCKET), ReduceSettings.defaults()), Room.AMPLE, traces, clock), planIndex, named, slow))
            .service(new GrpcClaims(claimer, new Blockers(replica, records, HelpSettings.defaults(), traces, clock), new GrpcOfferWatch(new OfferFeed(bus.log(Subjects.OFFERS_STREAM)), sessioner), named))
            .service(new GrpcSessions(sessioner, swarm -> List.of()))
            .startInProcess();
    plans = PlanServiceGrpc.newBlockingStub(server.channel());
    planStreams = PlanServiceGrpc.newStub(server.channel());
    tasks = TaskServiceGrpc.newBlockingStub(server.channel());
    claims = ClaimServiceGrpc.newBlockingStub(server.channel());
    sessions = SessionServiceGrpc.newBlockingStub(server.channel());
  }

  static String request() {
    return "r" + REQUESTS.incrementAndGet();
  }

  /** A registered swarm with a session; the session's id. */
  String swarm(String id, int maxConcurrent, String... capabilities) {
    Standing standing = Samples.standing(id, capabilities).setMaxConcurrent(maxConcurrent).build();
    String key = keys.standing(new SwarmId(id));
    Txn txn = new Txn(List.of(new Txn.Compare(key, 0)), List.of(new Txn.Write.Put(key, standing.toByteString(), 0)));
    if (!(store.commit(List.of(txn)).join().getFirst() instanceof Outcome.Committed)) {
      throw new AssertionError("swarm " + id + " is there already");
    }
    return sessions.openSession(OpenSessionRequest.newBuilder().setRequestId(request()).setSwarmId(id).build()).getSessionId();
  }

  SubmitPlanResponse submit(Plan plan) {
    return submit(plan, request());
  }

  SubmitPlanResponse submit(Plan plan, String requestId) {
    return plans.submitPlan(SubmitPlanRequest.newBuilder().setRequestId(requestId).setPlan(plan).build());
  }

  GetPlanResponse plan(String id) {
    return plans.getPlan(GetPlanRequest.newBuilder().setPlanId(id).build());
  }

  Task task(String id) {
    return tasks.getTask(GetTaskRequest.newBuilder().setTaskId(id).build()).getTask();
  }

  Claim claim(String task, String swarm, String session) {
    return claims
        .claimTask(ClaimTaskRequest.newBuilder().setRequestId(request()).setTaskId(task).setSwarmId(swarm).setSessionId(session).build())
        .getClaim();
  }

  Claim next(String swarm, String session) {
    return claims.claimNext(ClaimNextRequest.newBuilder().setRequestId(request()).setSwarmId(swarm).setSessionId(session).build()).getClaim();
  }

  void complete(Claim claim, String result) {
    claims.completeTask(
        CompleteTaskRequest.newBuilder()
            .setRequestId(request())
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setResult(ByteString.copyFromUtf8(result))
            .build());
  }

  void fail(Claim claim, boolean retryable) {
    claims.failTask(
        FailTaskRequest.newBuilder()
            .setRequestId(request())
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setReason("no")
            .setRetryable(retryable)
            .build());
  }

  /** Stops the work on a claim. */
  Blocker raise(Claim claim) {
    return claims
        .raiseBlocker(
            RaiseBlockerRequest.newBuilder()
                .setRequestId(request())
                .setTaskId(claim.getTaskId())
                .setSwarmId(claim.getSwarmId())
                .setFence(claim.getFence())
                .setType("weather")
                .setDescription("it rains")
                .build())
        .getBlocker();
  }

  void resolve(Blocker blocker) {
    claims.resolveBlocker(
        ResolveBlockerRequest.newBuilder()
            .setRequestId(request())
            .setTaskId(blocker.getTaskId())
            .setBlockerId(blocker.getBlockerId())
            .setPrincipal("ada@example.org")
            .setResolution("took an umbrella")
            .build());
  }

  /** Has the coordinator's clock go forward; sessions live on. */
  void advance(Duration time) {
    ahead.updateAndGet(before -> before.plus(time));
  }

  /** Runs the loops until the condition holds. */
  void until(java.util.concurrent.Callable<Boolean> condition) {
    Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(5)).until(() -> {
      runLoops();
      return condition.call();
    });
  }

  void runLoops() {
    Instant now = Instant.now().plus(ahead.get());
    keeper.runOnce(now);
    readiness.runOnce(now);
    stragglers.runOnce(now);
    cancellations.runOnce(now);
  }

  /** Keys under the fixture's own root, from the store itself. */
  List<Entry> entries(String prefix) {
    return store.list(List.of(prefix)).join().entries();
  }

  /** How a call is refused. */
  static Refusal refusalOf(Executable call) {
    try {
      call.execute();
    } catch (StatusRuntimeException status) {
      return Errors.refusalOf(status).orElseThrow(() -> status);
    } catch (Throwable other) {
      throw new AssertionError(other);
    }
    throw new AssertionError("it was not refused");
  }

  /** A task of a plan that any swarm with {@code a:b} may do. */
  static TaskSpec.Builder spec(String id, String... after) {
    return TaskSpec.newBuilder().setTaskId(id).addRequiredCapabilities("a:b").addAllDependsOn(List.of(after));
  }

  static Phase.Builder phase(String name, TaskSpec.Builder... specs) {
    Phase.Builder phase = Phase.newBuilder().setName(name);
    List.of(specs).forEach(phase::addTasks);
    return phase;
  }

  static Plan plan(String id, Phase.Builder... phases) {
    Plan.Builder plan = Plan.newBuilder().setPlanId(id);
    List.of(phases).forEach(plan::addPhases);
    return plan.build();
  }

  @Override
  public void close() {
    server.close();
    replica.close();
    slow.close();
    if (ownsStore) {
      store.close();
    }
  }
}
