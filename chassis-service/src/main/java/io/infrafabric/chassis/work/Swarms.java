package io.infrafabric.chassis.work;

import io.infrafabric.chassis.contract.ContractRules;
import io.infrafabric.chassis.contract.ObjectShelf;
import io.infrafabric.chassis.contract.Workload;
import io.infrafabric.chassis.sandbox.Engine;
import io.infrafabric.chassis.sandbox.LoadedModule;
import io.infrafabric.chassis.v1.Contract;
import io.infrafabric.error.RefusedException;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.names.SwarmId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs exactly the swarms that should run here. Driven by {@link #runOnce}; what fails is tried again in the next round. */
public final class Swarms implements Workload, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Swarms.class);
  private static final Duration DRAIN = Duration.ofSeconds(10);

  private final Supplier<List<Contract>> wanted;
  private final Coordinator coordinator;
  private final Bus bus;
  private final ObjectShelf objects;
  private final Engine engine;
  private final ExecutionFacts facts;
  private final Telemetry telemetry;
  private final InstantSource clock;
  private final Map<SwarmId, SwarmRunner> runners = new ConcurrentHashMap<>();

  /** Swarms whose last tasks are being finished: opening their session again would lose those claims. */
  private final Set<SwarmId> ending = ConcurrentHashMap.newKeySet();

  private final Set<SwarmId> told = ConcurrentHashMap.newKeySet();

  /**
   * @param wanted the contracts that should run here now
   */
  public Swarms(
      Supplier<List<Contract>> wanted,
      Coordinator coordinator,
      Bus bus,
      ObjectShelf objects,
      Engine engine,
      ExecutionFacts facts,
      Telemetry telemetry,
      InstantSource clock) {
    this.wanted = wanted;
    this.coordinator = coordinator;
    this.bus = bus;
    this.objects = objects;
    this.engine = engine;
    this.facts = facts;
    this.telemetry = telemetry;
    this.clock = clock;
    telemetry.metrics().gauge("if.sandbox.stuck", "sandbox threads that did not stop when told to", engine::stuckThreads);
    telemetry.metrics().gauge("if.execution.running", "executions now", () -> runners.values().stream().mapToInt(r -> r.counts().running()).sum());
  }

  @Override
  public Counts of(SwarmId swarm) {
    SwarmRunner runner = runners.get(swarm);
    return runner == null ? Counts.NONE : runner.counts();
  }

  /** Ends what should not run any more, or runs under another contract, and begins what should. */
  public void runOnce() {
    Map<SwarmId, Contract> contracts =
        wanted.get().stream().collect(Collectors.toMap(contract -> new SwarmId(contract.getSwarmId()), Function.identity()));
    runners.forEach(
        (swarm, runner) -> {
          if (!runner.contract().equals(contracts.get(swarm))) {
            end(swarm, runner);
          }
        });
    contracts.forEach(
        (swarm, contract) -> {
          if (!runners.containsKey(swarm) && !ending.contains(swarm)) {
            begin(swarm, contract);
          }
        });
  }

  /** Lets running tasks finish for 10 s at most and gives every session back. */
  @Override
  public void close() {
    List<Thread> closing =
        runners.values().stream()
            .map(runner -> Threads.startVirtual("stop-" + runner.contract().getSwarmId(), () -> runner.close(DRAIN)))
            .toList();
    try {
      for (Thread each : closing) {
        each.join();
      }
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
    runners.clear();
  }

  private void begin(SwarmId swarm, Contract contract) {
    try {
      LoadedModule module = engine.load(objects.get(contract.getModuleSha256()), ContractRules.limits(contract));
      Persistence persistence = new Persistence();
      ClaimRun work = new ClaimRun(contract, module, coordinator, objects, facts, persistence, telemetry.traces(), clock);
      runners.put(swarm, new SwarmRunner(contract, coordinator, bus, work, persistence, clock));
      told.remove(swarm);
      log.atInfo().addKeyValue("swarm", swarm).addKeyValue("version", contract.getVersion()).log("swarm runs");
    } catch (RefusedException refused) {
      if (told.add(swarm)) {
        log.atWarn().addKeyValue("swarm", swarm).addKeyValue("cause", refused.getMessage()).log("swarm cannot run yet, trying again");
      }
    }
  }

  private void end(SwarmId swarm, SwarmRunner runner) {
    runner.stopTaking();
    ending.add(swarm);
    runners.remove(swarm);
    Threads.startVirtual(
        "end-" + swarm,
        () -> {
          try {
            runner.close();
          } finally {
            ending.remove(swarm);
            log.atInfo().addKeyValue("swarm", swarm).log("swarm ended");
          }
        });
  }
}
