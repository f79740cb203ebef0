package io.infrafabric.bench.economics;

import com.google.protobuf.Duration;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerState;
import io.infrafabric.coordinator.v1.GetPlanRequest;
import io.infrafabric.coordinator.v1.ListBlockersRequest;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.PlanProgress;
import io.infrafabric.coordinator.v1.ResolveBlockerRequest;
import io.infrafabric.coordinator.v1.SubmitPlanRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.ApplyPolicyRequest;
import io.infrafabric.governor.v1.GrantRequest;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.RegisterSwarmRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Works one sprint through on running services, one way or the other. */
final class SprintRun {
  private static final String PLAN = "sprint";
  private static final long ENDLESS_MICROS = 1_000_000_000_000L;
  private static final long OLD_CAP_MICROS = 50_000_000;
  private static final int TRIES = 10;
  private static final int OLD_TRIES = 100;
  private static final String PERSON = "operator@sprint";

  /** No breaker opens, and a task may cost what it likes. */
  private static final String OLD_POLICY =
      """
      preset: permissive
      resource_policy:
        circuit_breaker_failure_threshold: 100
      """;

  private static final String GOVERNED_POLICY = "preset: production\n";

  private final Sprint sprint;
  private final SimulatedTime time;
  private final double patienceHours;

  SprintRun(Sprint sprint, SimulatedTime time, double patienceHours) {
    this.sprint = sprint;
    this.time = time;
    this.patienceHours = patienceHours;
  }

  /** Registers the agents, gives them their money and their work, and lets them do it; what the services then report. */
  SprintResult run(Way way, String coordinator, String governor) throws InterruptedException {
    Map<String, Job> jobs = sprint.jobs().stream().collect(Collectors.toMap(Job::id, Function.identity()));
    try (Desk desk = new Desk(coordinator, governor, way.name().toLowerCase(Locale.ROOT))) {
      ApplyPolicyRequest policy =
          ApplyPolicyRequest.newBuilder().setRequestId(desk.request()).setPrincipal(PERSON).setDocument(way == Way.OLD ? OLD_POLICY : GOVERNED_POLICY).build();
      desk.call(() -> desk.policies().applyPolicy(policy));
      sprint.members().forEach(member -> hire(member, way, desk));
      Crew crew = new Crew(desk, time);
      List<Worker> workers = sprint.members().stream().map(member -> new Worker(member, way, sprint, jobs, crew, desk, time)).toList();
      workers.forEach(crew::add);
      long begin = System.nanoTime();
      try {
        SubmitPlanRequest plan = SubmitPlanRequest.newBuilder().setRequestId(desk.request()).setPlan(plan(way)).build();
        desk.call(() -> desk.plans().submitPlan(plan));
        workers.forEach(Worker::start);
        PlanProgress progress = follow(desk, way);
        double hours = (System.nanoTime() - begin) / 1e6 / time.hourMillis();
        return new SprintLedger(desk, sprint, way, time).read(progress, hours);
      } finally {
        workers.forEach(Worker::close);
      }
    }
  }

  private static void hire(Member member, Way way, Desk desk) {
    Manifest manifest =
        Manifest.newBuilder()
            .setSwarmId(member.id())
            .addAllCapabilities(member.capabilities())
            .setModel(member.model().word())
            .setCostPerHourMicros(member.model().microsPerHour())
            .setMaxConcurrent(1)
            .setAccountId(member.session())
            .build();
    RegisterSwarmRequest registration = RegisterSwarmRequest.newBuilder().setRequestId(desk.request()).setManifest(manifest).build();
    desk.call(() -> desk.registry().registerSwarm(registration));
    long money = way == Way.OLD ? ENDLESS_MICROS : member.model().budgetMicros();
    GrantRequest grant = GrantRequest.newBuilder().setRequestId(desk.request()).setAccountId(member.id()).setAmountMicros(money).build();
    desk.call(() -> desk.accounts().grant(grant));
  }

  private Plan plan(Way way) {
    Plan.Builder plan = Plan.newBuilder().setPlanId(PLAN);
    Map<String, String> lastOfSession = new HashMap<>();
    sprint.phases().forEach(
        (name, jobs) -> {
          Phase.Builder phase = Phase.newBuilder().setName(name);
          String before = lastOfSession.put(jobs.getFirst().session(), name);
          if (before == null) {
            phase.setIndependent(true);
          } else {
            phase.addAfter(before);
          }
          jobs.forEach(job -> phase.addTasks(spec(job, way)));
          plan.addPhases(phase);
        });
    return plan.build();
  }

  private TaskSpec spec(Job job, Way way) {
    TaskSpec.Builder spec =
        TaskSpec.newBuilder()
            .setTaskId(job.id())
            .setTaskClass(job.kind().taskClass())
            .addRequiredCapabilities(Sprint.domain(job.session()))
            .setExpectedDuration(Duration.newBuilder().setSeconds(Math.round(job.hours() * 3_600)))
            .putLabels(SprintLedger.NEED, job.kind().capability())
            .setMaxAttempts(way == Way.OLD ? OLD_TRIES : TRIES)
            .setMaxCostMicros(way == Way.OLD ? OLD_CAP_MICROS : job.capMicros());
    if (way == Way.GOVERNED) {
      spec.addRequiredCapabilities(job.kind().capability());
    }
    return spec.build();
  }

  /** Until every task has ended, or the patience; meanwhile a person ends what nobody can help with. */
  private PlanProgress follow(Desk desk, Way way) {
    GetPlanRequest request = GetPlanRequest.newBuilder().setPlanId(PLAN).build();
    PlanProgress progress;
    double waited = 0;
    double look = 0.05;
    Map<String, Double> escalated = new HashMap<>();
    do {
      time.pass(look);
      waited += look;
      progress = desk.call(() -> desk.plans().getPlan(request)).getProgress();
      if (way == Way.GOVERNED) {
        lookAtEscalated(desk, escalated, waited);
      }
    } while (!progress.getComplete() && waited < patienceHours);
    return progress;
  }

  /** A person decides what has waited for one for a quarter of an hour. */
  private static void lookAtEscalated(Desk desk, Map<String, Double> since, double now) {
    ListBlockersRequest request = ListBlockersRequest.newBuilder().setPageSize(500).addStates(BlockerState.BLOCKER_STATE_ESCALATED).build();
    List<Blocker> waiting = new ArrayList<>(desk.call(() -> desk.claims().listBlockers(request)).getBlockersList());
    for (Blocker blocker : waiting) {
      if (now - since.computeIfAbsent(blocker.getBlockerId(), id -> now) > 0.25) {
        ResolveBlockerRequest resolve =
            ResolveBlockerRequest.newBuilder()
                .setRequestId(desk.request())
                .setTaskId(blocker.getTaskId())
                .setBlockerId(blocker.getBlockerId())
                .setPrincipal(PERSON)
                .setResolution("a person has seen to it")
                .build();
        desk.ask(() -> desk.claims().resolveBlocker(resolve));
      }
    }
  }
}
