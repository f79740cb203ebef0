package io.infrafabric.coordinator.claim;

import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.commitment.HelpMoney;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.telemetry.StepSpan;
import io.infrafabric.kit.telemetry.Traces;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Gives the claims of a session that was taken over to the one that inherits them, each in a transaction of its own. */
public final class Inheritance {
  private final Replica replica;
  private final Records records;
  private final Claims claims;
  private final Traces traces;
  private final InstantSource clock;

  Inheritance(Replica replica, Records records, Claims claims, Traces traces, InstantSource clock) {
    this.replica = replica;
    this.records = records;
    this.claims = claims;
    this.traces = traces;
    this.clock = clock;
  }

  /**
   * Writes every claim of the swarm anew that its session has inherited; answers how many there are. What was done before is left as it is, so
   * that a call that broke off can be made again. No claim can be added to those of the older sessions meanwhile: a claim compares the session.
   */
  public CompletableFuture<Integer> inherit(SwarmId swarm, String sessionId) {
    return open(replica, records, swarm)
        .thenCompose(
            tasks -> {
              List<CompletableFuture<Boolean>> each = tasks.stream().map(task -> inherit(task, swarm, sessionId)).toList();
              return CompletableFuture.allOf(each.toArray(CompletableFuture[]::new))
                  .thenApply(all -> (int) each.stream().filter(CompletableFuture::join).count());
            });
  }

  /** The tasks that a swarm holds by its own book, as the store has it, in order of their ids. */
  public static CompletableFuture<List<TaskId>> open(Replica replica, Records records, SwarmId swarm) {
    String book = records.keys().commitments(swarm);
    return replica
        .refresh(Set.of(book))
        .thenApply(
            found ->
                Optional.<Entry>ofNullable(found.get(book))
                    .map(entry -> Records.parse(entry, CommitmentsRecord.parser()).getCommitmentsList())
                    .orElse(List.of())
                    .stream()
                    .filter(line -> CommitmentRules.isOpen(line) && !HelpMoney.isHelp(line))
                    .map(Commitment::getTaskId)
                    .sorted()
                    .map(TaskId::new)
                    .toList());
  }

  private CompletableFuture<Boolean> inherit(TaskId task, SwarmId swarm, String sessionId) {
    StepSpan span = traces.internal("inherit");
    return replica
        .decide(new InheritDecision(records, task, swarm, sessionId, span, clock))
        .whenComplete((held, failure) -> span.end(failure))
        .thenCompose(
            held ->
                held.filter(InheritRules::isWornOut).isPresent()
                    ? wearOut(held.get()).thenApply(ended -> false)
                    : CompletableFuture.completedFuture(held.flatMap(found -> InheritRules.claim(found, swarm)).filter(claim -> claim.getInherited() > 0).isPresent()));
  }

  private CompletableFuture<EndDecision.Result> wearOut(Task held) {
    Claimed claim = held.getClaimed();
    var report = new EndDecision.Report("", new TaskId(held.getSpec().getTaskId()), new SwarmId(claim.getSwarmId()), claim.getFence());
    String reason = "sessions of swarm " + claim.getSwarmId() + " have inherited the claim " + InheritRules.MOST + " times and not ended it";
    return claims.end(report, new EndRules.End.Fail(reason, true, 0));
  }
}
