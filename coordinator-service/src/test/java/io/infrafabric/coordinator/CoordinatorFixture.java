package io.infrafabric.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.archive.ArchiveSettings;
import io.infrafabric.coordinator.archive.Archived;
import io.infrafabric.coordinator.archive.Archiver;
import io.infrafabric.coordinator.archive.BusArchive;
import io.infrafabric.coordinator.archive.PlanArchiver;
import io.infrafabric.coordinator.blocker.BlockerDuty;
import io.infrafabric.coordinator.blocker.Blockers;
import io.infrafabric.coordinator.blocker.HelpSettings;
import io.infrafabric.coordinator.claim.Claims;
import io.infrafabric.coordinator.claim.ClockWatch;
import io.infrafabric.coordinator.claim.Expiry;
import io.infrafabric.coordinator.claim.HeldDuty;
import io.infrafabric.coordinator.claim.GrpcClaims;
import io.infrafabric.coordinator.commitment.Booked;
import io.infrafabric.coordinator.dispatch.PushTimes;
import io.infrafabric.coordinator.dispatch.Pushes;
import io.infrafabric.coordinator.dispatch.DispatchSettings;
import io.infrafabric.coordinator.dispatch.GrpcOfferWatch;
import io.infrafabric.coordinator.dispatch.NatsOffersHeard;
import io.infrafabric.coordinator.dispatch.OfferExpiry;
import io.infrafabric.coordinator.dispatch.OfferFeed;
import io.infrafabric.coordinator.dispatch.Reminders;
import io.infrafabric.coordinator.explain.Explanations;
import io.infrafabric.coordinator.object.GrpcObjects;
import io.infrafabric.coordinator.object.NamedObjects;
import io.infrafabric.coordinator.object.ObjectExpiry;
import io.infrafabric.coordinator.object.ObjectSettings;
import io.infrafabric.coordinator.plan.CancelDuty;
import io.infrafabric.coordinator.plan.FairShare;
import io.infrafabric.coordinator.plan.GrpcPlans;
import io.infrafabric.coordinator.plan.PhaseKeeper;
import io.infrafabric.coordinator.plan.PlanIndex;
import io.infrafabric.coordinator.plan.Plans;
import io.infrafabric.coordinator.plan.StragglerDuty;
import io.infrafabric.coordinator.policy.Decisions;
import io.infrafabric.coordinator.privacy.ReplicaSights;
import io.infrafabric.coordinator.record.RecordRules;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.session.GrpcSessions;
import io.infrafabric.coordinator.session.Sessions;
import io.infrafabric.coordinator.status.GrpcFigures;
import io.infrafabric.coordinator.status.GrpcStatus;
import io.infrafabric.coordinator.storage.StorageGuard;
import io.infrafabric.coordinator.storage.StorageSettings;
import io.infrafabric.coordinator.task.GrpcTasks;
import io.infrafabric.coordinator.task.Operators;
import io.infrafabric.coordinator.task.OwnerWatch;
import io.infrafabric.coordinator.task.Readiness;
import io.infrafabric.coordinator.task.Requirement;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskFeed;
import io.infrafabric.coordinator.task.TaskIndex;
import io.infrafabric.coordinator.task.Tasks;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.ObjectServiceGrpc;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.PlanServiceGrpc;
import io.infrafabric.coordinator.v1.SessionServiceGrpc;
import io.infrafabric.coordinator.v1.StatusServiceGrpc;
import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskServiceGrpc;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.Policy;
import io.infrafabric.governor.v1.PolicyRecord;
import io.infrafabric.governor.v1.PolicyTerms;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.grpc.GrpcServer;
import io.infrafabric.kit.grpc.InProcessServer;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.kit.quarantine.Quarantine;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.ReplicaSettings;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.Upkeep;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.kit.telemetry.Traces;
import io.infrafabric.names.Keys;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import io.infrafabric.policy.DecisionLog;
import io.infrafabric.policy.DecisionSettings;
import io.infrafabric.testkit.nats.MemoryBus;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.function.Executable;

/** A coordinator on gRPC in this process, whose loops run when the test says so. */
final class CoordinatorFixture implements AutoCloseable {
  static final Keys KEYS = new Keys();
  static final ReplicaSettings QUICK =
      new ReplicaSettings(120, 1 << 20, 1, 20_000, Duration.ofMillis(300), 50, Duration.ofMillis(20));

  /** Where the store always answers, so that a slow machine is no outage. */
  static final ReplicaSettings PATIENT =
      new ReplicaSettings(120, 1 << 20, 1, 20_000, Duration.ofSeconds(30), 50, Duration.ofMillis(20));

  final Records records = new Records(KEYS);
  final TaskIndex index = new TaskIndex();
  final PlanIndex planIndex = new PlanIndex();
  final PhaseKeeper keeper;
  final PlanArchiver planArchiver;
  final Replica replica;
  private final PushTimes pushTimes = new PushTimes();
  final NatsOffersHeard offersHeard = new NatsOffersHeard(pushTimes);
  final Readiness readiness;
  final Expiry expiry;
  final ClockWatch clocks;
  final Booked booked;
  final HeldDuty held;
  final BlockerDuty duty;
  final StragglerDuty stragglers;
  final CancelDuty cancellations;
  final OfferExpiry offerExpiry;
  final OwnerWatch owners;
  /** What the governor would say: swarms by the first capability that is asked for, best first. */
  final Map<String, List<SwarmId>> ranking = new ConcurrentHashMap<>();
  final Archiver archiver;
  final ObjectExpiry objectExpiry;
  final Quarantine quarantine;
  final StorageGuard room;
  /** Written down when the test says so. */
  final DecisionLog decisions;
  final MemoryBus bus = new MemoryBus();
  final TaskServiceGrpc.TaskServiceBlockingStub tasks;
  final ClaimServiceGrpc.ClaimServiceBlockingStub claims;
  final SessionServiceGrpc.SessionServiceBlockingStub sessions;
  final StatusServiceGrpc.StatusServiceBlockingStub status;
  final PlanServiceGrpc.PlanServiceBlockingStub plans;
  final PlanServiceGrpc.PlanServiceStub planStreams;
  final TaskServiceGrpc.TaskServiceStub taskStreams;
  final ClaimServiceGrpc.ClaimServiceStub claimStreams;
  final ObjectServiceGrpc.ObjectServiceBlockingStub objects;
  final ObjectServiceGrpc.ObjectServiceStub objectStreams;
  private final AtomicReference<Instant> now = new AtomicReference<>(Samples.NOW);
  private final MemoryStore memory;
  private final InProcessServer server;
  private final ExecutorService slow = Threads.virtualPerTask("slow");

  /**
   * @param memory where the truth is
   * @param store the coordinator's way to it
   */
  CoordinatorFixture(MemoryStore memory, Store store) {
    this(memory, store, Upkeep.UNLIMITED);
  }

  /** The same with other limits, and interceptors around its services. */
  CoordinatorFixture(MemoryStore memory, Store store, ReplicaSettings limits, ServerInterceptor... interceptors) {
    this(memory, store, Upkeep.UNLIMITED, limits, interceptors);
  }

  /**
   * @param upkeep what tells how full the store is
   */
  CoordinatorFixture(MemoryStore memory, Store store, Upkeep upkeep) {
    this(memory, store, upkeep, store == memory ? PATIENT : QUICK);
  }

  private CoordinatorFixture(MemoryStore memory, Store store, Upkeep upkeep, ReplicaSettings limits, ServerInterceptor... interceptors) {
    this.memory = memory;
    InstantSource clock = now::get;
    Traces traces = Telemetry.none().traces();
    RecordRules rules = new RecordRules(KEYS);
    replica = Replica.open("test", store, records.prefixes(), limits, rules);
    quarantine = new Quarantine(replica, KEYS, "coordinator", rules.owned(), () -> true, Telemetry.none().metrics());
    readiness = new Readiness(replica, records, index, () -> true, clock);
    room = new StorageGuard(upkeep, upkeep == Upkeep.UNLIMITED ? StorageSettings.of(1L << 30) : StorageSettings.of(1_000_000));
    Archived archived = new Archived(replica, records, new BusArchive(bus));
    FairShare shares = new FairShare(replica, records, planIndex, clock, Duration.ofSeconds(3));
    Claims claimer = new Claims(replica, records, index, shares, archived, room, traces, clock);
    GrpcFigures figures = new GrpcFigures(claimer::made, pushTimes, () -> true, clock);
    archiver =
        new Archiver(store, replica, records, index, new BusArchive(bus), ArchiveSettings.defaults(), room::isShort, () -> true, clock);
    planArchiver = new PlanArchiver(store, replica, records, planIndex, ArchiveSettings.defaults(), () -> true);
    keeper = new PhaseKeeper(replica, records, planIndex, () -> true, clock);
    planIndex.addListener(
        new PlanIndex.Listener() {
          @Override
          public void onMayBeReady(TaskId task) {
            readiness.onMayBeReady(task);
          }
        });
    index.setMembers(planIndex);
    expiry = new Expiry(replica, records, index, claimer, () -> true);
    booked = new Booked(replica, records);
    held = new HeldDuty(replica, records, index, claimer, traces, () -> true, clock);
    Sessions sessioner = new Sessions(store, replica, records, Duration.ofSeconds(10), claimer.inheritance(), clock);
    sessioner.statuses().idle().start(replica, KEYS, index, Telemetry.none().metrics());
    Tasks all = new Tasks(replica, records, archived, room, traces, clock);
    clocks = new ClockWatch(replica, records, index, claimer, all, () -> true);
    TaskFeed feed = new TaskFeed();
    Blockers blockers = new Blockers(replica, records, HelpSettings.defaults(), traces, clock);
    duty = new BlockerDuty(replica, records, blockers, all, this::rank, HelpSettings.defaults(), () -> true);
    decisions = new DecisionLog(bus, "coordinator", () -> records.policies().shadow(replica), DecisionSettings.defaults(), Telemetry.none().metrics(), clock);
    claimer.onJudged(new Decisions(decisions, clock));
    blockers.onHelp(new Decisions(decisions, clock));
    index.addListener(duty);
    stragglers = new StragglerDuty(replica, records, planIndex, all, room, traces, () -> true, clock);
    index.addListener(stragglers);
    cancellations = new CancelDuty(replica, records, planIndex, all, () -> true, clock);
    offerExpiry = new OfferExpiry(replica, records, index, () -> true, clock);
    owners = new OwnerWatch(replica, records, index, Duration.ofMinutes(5), () -> true, clock);
    replica.onChange(KEYS.plans(), planIndex);
    replica.onChange(KEYS.blockers(), duty);
    replica.onChange(KEYS.tasks(), index);
    replica.follow(KEYS.tasks(), feed);
    replica.onChange(KEYS.standings(), (key, before, after) -> booked.onStanding(new SwarmId(Keys.idOf(key))));
    replica.onChange(KEYS.standings(), held);
    replica.ready().join();
    Explanations explanations = new Explanations(replica, records, index, shares, archived, offersHeard, HelpSettings.defaults(), clock, slow);
    bus.withClock(clock);
    NamedObjects named = new NamedObjects(bus, ObjectSettings.defaults(), clock);
    objectExpiry = new ObjectExpiry(store, replica, records, bus, ObjectSettings.defaults(), () -> true);
    GrpcServer.Builder services =
        GrpcServer.Builder.of("coordinator-test")
            .service(new GrpcTasks(all, new Operators(replica, records, index, archived, clock), feed, replica, KEYS, explanations, new Pushes(replica, records, archived, Duration.ofSeconds(1), traces, clock), named, new ReplicaSights(replica, records, clock, slow), slow))
            .service(new GrpcClaims(claimer, blockers, new GrpcOfferWatch(new OfferFeed(bus.log(Subjects.OFFERS_STREAM)), sessioner), named))
            .service(new GrpcObjects(claimer::held, bus, ObjectSettings.defaults(), slow))
            .service(new GrpcPlans(new Plans(replica, records, planIndex, all, archived, room, traces, clock), planIndex, named, slow))
            .service(new GrpcStatus(room, index, archiver::archived, figures, replica, records, bus))
            .service(new GrpcSessions(sessioner, new Reminders(replica, records, index, shares, DispatchSettings.defaults(), clock)));
    List.of(interceptors).forEach(services::interceptor);
    server = services.startInProcess(figures.meter());
    tasks = TaskServiceGrpc.newBlockingStub(server.channel());
    claims = ClaimServiceGrpc.newBlockingStub(server.channel());
    status = StatusServiceGrpc.newBlockingStub(server.channel());
    sessions = SessionServiceGrpc.newBlockingStub(server.channel());
    plans = PlanServiceGrpc.newBlockingStub(server.channel());
    planStreams = PlanServiceGrpc.newStub(server.channel());
    taskStreams = TaskServiceGrpc.newStub(server.channel());
    claimStreams = ClaimServiceGrpc.newStub(server.channel());
    objects = ObjectServiceGrpc.newBlockingStub(server.channel());
    objectStreams = ObjectServiceGrpc.newStub(server.channel());
  }

  /** Over a store in memory, without faults. */
  static CoordinatorFixture inMemory(MemoryStore memory) {
    return new CoordinatorFixture(memory, memory, PATIENT);
  }

  private CompletableFuture<List<SwarmId>> rank(Requirement requirement) {
    return CompletableFuture.completedFuture(
        ranking.getOrDefault(requirement.capabilities().getFirst(), List.of()).stream()
            .filter(swarm -> !requirement.excluded().contains(swarm.value()))
            .toList());
  }

  Instant now() {
    return now.get();
  }

  /** To its services, for stubs that call as somebody. */
  Channel channel() {
    return server.channel();
  }

  /** Lets time pass for leases and for tasks that wait. */
  void advance(Duration time) {
    now.updateAndGet(instant -> instant.plus(time));
    memory.advance(time);
  }

  /** The governor registers a swarm, or changes what it says of it. */
  void standing(Standing standing) {
    put(memory, KEYS.standing(new SwarmId(standing.getSwarmId())), standing.toByteString());
  }

  /** Writes over whatever is there; the revision. */
  static long put(Store store, String key, ByteString value) {
    while (true) {
      long seen = entry(store, key).map(Entry::modRevision).orElse(0L);
      long lease = entry(store, key).map(Entry::lease).orElse(0L);
      Txn txn = new Txn(List.of(new Txn.Compare(key, seen)), List.of(new Txn.Write.Put(key, value, lease)));
      if (store.commit(List.of(txn)).join().getFirst() instanceof Outcome.Committed(long revision)) {
        return revision;
      }
    }
  }

  private static Optional<Entry> entry(Store store, String key) {
    String folder = key.substring(0, key.lastIndexOf('/') + 1);
    return store.list(List.of(folder)).join().entries().stream().filter(entry -> entry.key().equals(key)).findFirst();
  }

  /** The governor puts a policy in force, and this coordinator knows. */
  void policy(long revision, PolicyTerms terms) {
    Policy policy = Policy.newBuilder().setRevision(revision).setTerms(terms).build();
    put(memory, KEYS.policyInForce(), PolicyRecord.newBuilder().setSlot("current").setPolicy(policy).setLastRevision(revision).build().toByteString());
    Awaitility.await().until(() -> records.policy(replica).revision() == revision);
  }

  /** A registered swarm with a session; the session's id. */
  String swarm(Standing.Builder standing) {
    standing(standing.build());
    return open(standing.getSwarmId());
  }

  String open(String swarm) {
    return sessions.openSession(OpenSessionRequest.newBuilder().setRequestId("open-" + swarm).setSwarmId(swarm).build()).getSessionId();
  }

  Task submit(TaskSpec.Builder spec) {
    return tasks.submitTask(SubmitTaskRequest.newBuilder().setRequestId("submit-" + spec.getTaskId()).setSpec(spec).build()).getTask();
  }

  /** The task in the store. */
  Task task(String id) {
    String key = KEYS.task(new TaskId(id));
    return StoredTask.of(entry(memory, key).orElseThrow()).task();
  }

  CommitmentsRecord book(String swarm) {
    return entry(memory, KEYS.commitments(new SwarmId(swarm)))
        .map(entry -> Records.parse(entry, CommitmentsRecord.parser()))
        .orElse(CommitmentsRecord.getDefaultInstance());
  }

  /** Runs the loops until nothing moves any more. */
  void settle() {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(5))
        .until(
            () -> {
              long before = memory.revision();
              readiness.runOnce(now());
              expiry.runOnce(now());
              clocks.runOnce(now());
              booked.runOnce();
              held.runOnce(now());
              keeper.runOnce(now());
              duty.runOnce(now());
              stragglers.runOnce(now());
              cancellations.runOnce(now());
              offerExpiry.runOnce(now());
              caughtUp();
              return memory.revision() == before
                  && expiry.runOnce(now()) == 0
                  && held.runOnce(now()) == 0
                  && readiness.runOnce(now()) == 0
                  && duty.runOnce(now()) == 0
                  && stragglers.runOnce(now()) == 0
                  && cancellations.runOnce(now()) == 0;
            });
  }

  /** Waits until the copy has all that was in the store when this was called. */
  void caughtUp() {
    CompletableFuture<Void> told = new CompletableFuture<>();
    replica.execute(() -> replica.execute(() -> told.complete(null)));
    told.orTimeout(5, TimeUnit.SECONDS).join();
  }

  /** The code with which a call is refused. */
  static ErrorCode refusalOf(Executable call) {
    try {
      call.execute();
    } catch (StatusRuntimeException status) {
      return Errors.refusalOf(status).orElseThrow(() -> status).code();
    } catch (Throwable other) {
      throw new AssertionError(other);
    }
    throw new AssertionError("it was not refused");
  }

  static void assertRefused(ErrorCode code, Executable call) {
    assertThat(refusalOf(call)).isEqualTo(code);
  }

  @Override
  public void close() {
    server.close();
    replica.close();
    bus.close();
    slow.close();
  }
}
