package io.infrafabric.bench.economics;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.GetBlockerRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.ResolveBlockerRequest;
import io.infrafabric.coordinator.v1.WatchOffersRequest;
import io.infrafabric.coordinator.v1.WatchOffersResponse;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.kit.lifecycle.Threads;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicInteger;

/** One agent at work: takes what it is offered, or in the old way what there is, and does it as the rules of the sprint say. */
final class Worker implements AutoCloseable {
  /** How often the old way looks for work: every half minute. */
  private static final double LOOK_HOURS = 30.0 / 3_600;

  private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(3);
  private static final Duration LOOK_AT_BLOCKER = Duration.ofMillis(50);

  private final Member member;
  private final Way way;
  private final Sprint sprint;
  private final Map<String, Job> jobs;
  private final Crew crew;
  private final Desk desk;
  private final SimulatedTime time;
  private final Ending ending;
  private final ExecutorService work;
  private final AtomicInteger busy = new AtomicInteger();
  private final Set<String> begun = ConcurrentHashMap.newKeySet();
  private String session;
  private Periodic looking;

  Worker(Member member, Way way, Sprint sprint, Map<String, Job> jobs, Crew crew, Desk desk, SimulatedTime time) {
    this.member = member;
    this.way = way;
    this.sprint = sprint;
    this.jobs = jobs;
    this.crew = crew;
    this.desk = desk;
    this.time = time;
    this.ending = new Ending(desk);
    this.work = Threads.virtualPerTask("agent-" + member.id());
  }

  Member member() {
    return member;
  }

  /** Whether it works on nothing now; what it holds may be parked. */
  boolean isIdle() {
    return busy.get() == 0;
  }

  /** Opens its session and begins. */
  void start() {
    session = desk.open(member, way == Way.OLD);
    if (way == Way.OLD) {
      looking = Periodic.start("look-" + member.id(), Duration.ofMillis(Math.max(20, Math.round(LOOK_HOURS * time.hourMillis()))), this::look);
    } else {
      desk.streams().watchOffers(WatchOffersRequest.newBuilder().setSwarmId(member.id()).setSessionId(session).build(), new Offers());
      looking = Periodic.start("live-" + member.id(), SIGN_OF_LIFE, this::live);
    }
  }

  private final class Offers implements StreamObserver<WatchOffersResponse> {
    @Override
    public void onNext(WatchOffersResponse response) {
      if (response.hasOffer()) {
        answer(response.getOffer());
      }
    }

    @Override
    public void onError(Throwable ended) {
      // What rang meanwhile comes with the answers to its signs of life.
    }

    @Override
    public void onCompleted() {
      // The session has ended.
    }
  }

  private void answer(Offer offer) {
    if (!offer.hasWithdrawal()) {
      work.execute(() -> take(ClaimTaskRequest.newBuilder().setRequestId(desk.request()).setTaskId(offer.getTaskId()).setSwarmId(member.id()).setSessionId(session).build()));
    }
  }

  private void take(ClaimTaskRequest request) {
    // Who is rung twice and claims twice is given the same claim.
    desk.ask(() -> desk.claims().claimTask(request).getClaim()).filter(claim -> begun.add(claim.getClaimId())).ifPresent(this::working);
  }

  private void live() {
    KeepAliveRequest request = KeepAliveRequest.newBuilder().setSwarmId(member.id()).setSessionId(session).setRequestId(desk.request()).build();
    desk.ask(() -> desk.sessions().keepAlive(request)).ifPresent(alive -> alive.getOffersList().forEach(this::answer));
  }

  private void look() {
    if (isIdle()) {
      ClaimNextRequest request = ClaimNextRequest.newBuilder().setRequestId(desk.request()).setSwarmId(member.id()).setSessionId(session).build();
      desk.ask(() -> desk.claims().claimNext(request).getClaim())
          .ifPresent(
              claim -> {
                busy.incrementAndGet(); // before the next look
                work.execute(
                    () -> {
                      try {
                        working(claim);
                      } finally {
                        busy.decrementAndGet();
                      }
                    });
              });
    }
  }

  private void working(Claim claim) {
    String helps = claim.getSpec().getLabelsOrDefault(SprintLedger.HELPS, "");
    if (helps.isEmpty()) {
      doJob(claim, jobs.get(claim.getTaskId()));
    } else {
      help(claim, jobs.get(helps));
    }
  }

  private void doJob(Claim claim, Job job) {
    WorkRules.Effort effort = WorkRules.work(job, member, claim.getAttempt(), sprint.seed()).within(claim.getSpec().getMaxCostMicros());
    if (job.need().filter(need -> !member.can(need)).isPresent() && !crew.isSolved(job.id())) {
      time.pass(effort.hours() / 2);
      try {
        waitForHelp(claim, job);
      } catch (StatusRuntimeException lost) {
        return; // the claim is gone
      }
      time.pass(effort.hours() / 2);
    } else {
      time.pass(effort.hours());
    }
    ending.end(claim, effort, "it did not work out");
  }

  private void waitForHelp(Claim claim, Job job) {
    RaiseBlockerRequest.Builder request =
        RaiseBlockerRequest.newBuilder()
            .setRequestId(desk.request())
            .setTaskId(claim.getTaskId())
            .setSwarmId(member.id())
            .setFence(claim.getFence())
            .setType("obstacle")
            .setDescription("needs " + job.need().orElseThrow());
    if (way == Way.GOVERNED) {
      request.addNeeds(job.need().get());
    }
    RaiseBlockerRequest raise = request.build();
    Blocker blocker = desk.call(() -> desk.claims().raiseBlocker(raise)).getBlocker();
    if (way == Way.GOVERNED) {
      awaitResolved(blocker);
      crew.solve(job.id());
      return;
    }
    busy.decrementAndGet(); // it looks for other work, or helps, meanwhile
    try {
      crew.helpBlindly(job, blocker);
      resolve(claim, blocker);
    } finally {
      busy.incrementAndGet();
    }
  }

  private void resolve(Claim claim, Blocker blocker) {
    ResolveBlockerRequest request =
        ResolveBlockerRequest.newBuilder()
            .setRequestId(desk.request())
            .setTaskId(claim.getTaskId())
            .setBlockerId(blocker.getBlockerId())
            .setSwarmId(member.id())
            .setFence(claim.getFence())
            .build();
    desk.call(() -> desk.claims().resolveBlocker(request));
  }

  private void awaitResolved(Blocker blocker) {
    GetBlockerRequest request = GetBlockerRequest.newBuilder().setBlockerId(blocker.getBlockerId()).build();
    while (!desk.call(() -> desk.claims().getBlocker(request)).getBlocker().hasResolvedAt()) {
      time.pass((double) LOOK_AT_BLOCKER.toMillis() / time.hourMillis());
    }
  }

  private void help(Claim claim, Job job) {
    WorkRules.Effort effort = WorkRules.help(job, member, claim.getAttempt(), sprint.seed()).within(claim.getSpec().getMaxCostMicros());
    time.pass(effort.hours());
    if (way == Way.OLD && effort.success() && !crew.solve(job.id())) {
      ending.end(claim, new WorkRules.Effort(effort.hours(), effort.costMicros(), false), "somebody was quicker");
    } else {
      ending.end(claim, effort, "it is of no help");
    }
  }

  @Override
  public void close() {
    if (looking != null) {
      looking.close();
    }
    work.shutdownNow();
  }
}
