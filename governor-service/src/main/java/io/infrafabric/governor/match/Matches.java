package io.infrafabric.governor.match;

import io.infrafabric.error.Refusal;
import io.infrafabric.governor.books.BooksCodec;
import io.infrafabric.governor.match.Verdict.Qualified;
import io.infrafabric.governor.match.Verdict.Unfit;
import io.infrafabric.governor.v1.Candidate;
import io.infrafabric.governor.v1.RankSwarmsRequest;
import io.infrafabric.governor.v1.RankSwarmsResponse;
import io.infrafabric.governor.v1.Rejected;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.telemetry.Counter;
import io.infrafabric.kit.telemetry.Metrics;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.policy.ActivePolicy;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Ranks the swarms of the replica. Failures are {@link io.infrafabric.error.RefusedException}s. */
public final class Matches {
  private final Replica replica;
  private final Keys keys;
  private final SwarmIndex index;
  private final Supplier<ActivePolicy> policy;
  private final Counter ranked;
  private final Counter nobody;

  /**
   * Follows the swarms in the replica from now on.
   *
   * @param policy the one in force
   */
  public Matches(Replica replica, Keys keys, Supplier<ActivePolicy> policy, Metrics metrics) {
    this.policy = policy;
    this.replica = replica;
    this.keys = keys;
    this.index = new SwarmIndex(this::profile);
    this.ranked = metrics.counter("if.match.ranked", "Rankings answered");
    this.nobody = metrics.counter("if.match.nobody", "Rankings for which no swarm qualified");
    replica.onChange(keys.standings(), (key, before, after) -> index.mark(Keys.idOf(key)));
    replica.onChange(keys.commitments(), (key, before, after) -> index.mark(Keys.idOf(key)));
  }

  /** Orders the swarms for a need, best first, as far as they are known here. */
  public CompletableFuture<RankSwarmsResponse> rank(RankSwarmsRequest request) {
    Optional<Refusal> refusal = MatchRules.validate(request);
    if (refusal.isPresent()) {
      return CompletableFuture.failedFuture(refusal.get().asException());
    }
    Need need = Need.of(request, policy.get());
    RankSwarmsResponse.Builder response =
        RankSwarmsResponse.newBuilder().setRevision(replica.revision()).setPolicyRevision(need.policy().revision());
    if (request.getIncludeRejected()) {
      List<Verdict> verdicts = index.all().stream().map(profile -> MatchRules.judge(profile, need)).toList();
      best(verdicts.stream(), need, response);
      MatchRules.unfit(verdicts.stream()).forEach(unfit -> response.addRejected(toProto(unfit)));
    } else {
      best(index.covering(need).map(profile -> MatchRules.judge(profile, need)), need, response);
    }
    ranked.increment();
    if (response.getCandidatesCount() == 0) {
      nobody.increment();
    }
    return CompletableFuture.completedFuture(response.build());
  }

  private static void best(Stream<Verdict> verdicts, Need need, RankSwarmsResponse.Builder response) {
    MatchRules.best(verdicts, need.limit()).forEach(candidate -> response.addCandidates(toProto(candidate)));
  }

  private Optional<Profile> profile(String swarmId) {
    SwarmId swarm = new SwarmId(swarmId);
    return replica
        .get(keys.standing(swarm))
        .map(BooksCodec::standing)
        .filter(standing -> !standing.getUnregistered() && !replica.isUnreadable(keys.commitments(swarm)))
        .map(standing -> Profile.of(standing, new BooksCodec(keys).commitments(replica, swarm)));
  }

  private static Candidate toProto(Qualified qualified) {
    return Candidate.newBuilder()
        .setSwarmId(qualified.profile().swarmId())
        .setMatched(qualified.matched())
        .setRequired(qualified.required())
        .setMatch(qualified.match())
        .setScore(qualified.score())
        .setReputationMillis(qualified.profile().reputationMillis())
        .setCostPerHourMicros(qualified.profile().costPerHourMicros())
        .setCreditMicros(qualified.profile().creditMicros())
        .build();
  }

  private static Rejected toProto(Unfit unfit) {
    Rejected.Builder rejected = Rejected.newBuilder().setSwarmId(unfit.profile().swarmId());
    unfit.reasons().forEach(why -> rejected.addReasons(why.reason()).addDetails(why.detail()));
    return rejected.build();
  }
}
