package io.infrafabric.governor.match;

import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.books.BooksCodec;
import io.infrafabric.governor.books.ReplicaBooks;
import io.infrafabric.governor.books.Unregistered;
import io.infrafabric.governor.input.Findings;
import io.infrafabric.governor.match.Verdict.Qualified;
import io.infrafabric.governor.match.Verdict.Unfit;
import io.infrafabric.governor.relay.Facts;
import io.infrafabric.governor.v1.ExplainMatchRequest;
import io.infrafabric.governor.v1.ExplainMatchResponse;
import io.infrafabric.governor.v1.RankSwarmsRequest;
import io.infrafabric.governor.v1.RankSwarmsResponse;
import io.infrafabric.kit.relay.Publisher;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.telemetry.Counter;
import io.infrafabric.kit.telemetry.Histogram;
import io.infrafabric.kit.telemetry.Metrics;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.policy.ActivePolicy;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** Ranks the swarms of the replica. Failures are {@link io.infrafabric.error.RefusedException}s. */
public final class Matches {
  private static final double NANOS_A_MILLI = 1e6;

  private final Replica replica;
  private final ReplicaBooks books;
  private final BooksCodec codec;
  private final MatchPreferences preferences;
  private final Supplier<ActivePolicy> policy;
  private final SwarmIndex index;
  private final NobodyTeller teller;
  private final AtomicLong dispatched = new AtomicLong();
  private final Counter ranked;
  private final Counter nobody;
  private final Counter explored;
  private final Counter assignments;
  private final Counter unassigned;
  private final Histogram latency;

  /**
   * Follows the swarms in the replica from now on.
   *
   * @param preferences what the settings say of every match
   * @param policy the one in force, asked for every match
   */
  public Matches(
      Replica replica, Keys keys, MatchPreferences preferences, Supplier<ActivePolicy> policy, Facts facts, Publisher publisher, InstantSource clock, Metrics metrics) {
    this.replica = replica;
    this.books = new ReplicaBooks(replica, keys);
    this.codec = new BooksCodec(keys);
    this.preferences = preferences;
    this.policy = policy;
    this.index = new SwarmIndex(this::registered);
    this.teller = new NobodyTeller(facts, publisher, metrics, clock);
    this.ranked = metrics.counter("if.match.ranked", "Rankings answered");
    this.nobody = metrics.counter("if.match.nobody", "Rankings for which no swarm qualified");
    this.explored = metrics.counter("if.match.explored", "Rankings that began with a newcomer");
    this.assignments = metrics.counter("if.governor.assignments", "Rankings of work to be handed out for which somebody qualified");
    this.unassigned = metrics.counter("if.governor.assignments_failed", "Rankings of work to be handed out for which nobody qualified");
    this.latency = metrics.millis("if.governor.assignment_latency_ms", "Time that a ranking of work to be handed out took here, in milliseconds");
    for (String prefix : List.of(keys.standings(), keys.commitments(), keys.swarms(), keys.accounts())) {
      replica.onChange(prefix, (key, before, after) -> index.mark(Keys.idOf(key)));
    }
  }

  /** Orders the swarms for a need, best first, as far as they are known here. */
  public CompletableFuture<RankSwarmsResponse> rank(RankSwarmsRequest request) {
    Optional<Refusal> refusal = MatchRules.validate(request);
    if (refusal.isPresent()) {
      return CompletableFuture.failedFuture(refusal.get().asException());
    }
    long begun = System.nanoTime();
    Need need = Need.of(request, preferences, policy.get());
    RankSwarmsResponse.Builder response =
        RankSwarmsResponse.newBuilder()
            .setRevision(replica.revision())
            .setPolicyRevision(need.policy().revision())
            .setMinReputationMillis(need.minReputationMillis())
            .setReferenceCostPerHourMicros(preferences.referenceMicrosPerHour());
    List<Qualified> best = request.getIncludeRejected() ? withRejected(need, response) : best(need);
    if (request.getForDispatch() && !best.isEmpty() && ExplorationRules.isTurn(dispatched.incrementAndGet(), preferences.explorationMillis())) {
      best = explored(need, best, response);
    }
    best.forEach(candidate -> response.addCandidates(MatchWire.toProto(candidate)));
    ranked.increment();
    if (best.isEmpty()) {
      nobody.increment();
      if (request.getForDispatch()) {
        teller.nobody(request, () -> MatchWire.nobody(request, judged(need)));
      }
    }
    if (request.getForDispatch()) {
      (best.isEmpty() ? unassigned : assignments).increment();
      latency.record((System.nanoTime() - begun) / NANOS_A_MILLI);
    }
    return CompletableFuture.completedFuture(response.build());
  }

  /** Rankings of work that was to be handed out, since this governor was started. */
  public long rankings() {
    return assignments.value() + unassigned.value();
  }

  /** Those of them for which somebody qualified. */
  public long answered() {
    return assignments.value();
  }

  /** The index is in the order of scores; where relations weigh, everybody who is able is looked at. */
  private List<Qualified> best(Need need) {
    return need.hasRelations() ? MatchRules.best(index.able(need).stream().flatMap(profile -> MatchRules.fit(profile, need).stream()), need.limit()) : index.best(need);
  }

  private List<Qualified> withRejected(Need need, RankSwarmsResponse.Builder response) {
    List<Verdict> verdicts = judged(need);
    MatchRules.unfit(verdicts.stream()).forEach(unfit -> response.addRejected(MatchWire.toProto(unfit)));
    return MatchRules.best(verdicts.stream(), need.limit());
  }

  private List<Verdict> judged(Need need) {
    return index.all().stream().map(profile -> MatchRules.judge(profile, need)).toList();
  }

  /** The same with a newcomer before the best one, if there is one to try. */
  private List<Qualified> explored(Need need, List<Qualified> best, RankSwarmsResponse.Builder response) {
    Optional<Qualified> newcomer =
        ExplorationRules.choose(index.able(need).stream().flatMap(profile -> MatchRules.fit(profile, need).stream()), best.getFirst());
    if (newcomer.isEmpty() || newcomer.get().equals(best.getFirst())) {
      return best;
    }
    explored.increment();
    response.setExplored(true);
    List<Qualified> order = new ArrayList<>();
    order.add(newcomer.get());
    best.stream().filter(one -> !one.equals(newcomer.get())).limit(need.limit() - 1L).forEach(order::add);
    return order;
  }

  /** All that speaks for and against one swarm, and where it stands among the others. */
  public CompletableFuture<ExplainMatchResponse> explain(ExplainMatchRequest request) {
    Optional<Refusal> refusal =
        new Findings("no match is explained").id("swarm_id", request.getSwarmId()).refusal().or(() -> MatchRules.validate(request.getCriteria()));
    if (refusal.isPresent()) {
      return CompletableFuture.failedFuture(refusal.get().asException());
    }
    Need need = Need.of(request.getCriteria(), preferences, policy.get());
    return books
        .refresh(new SwarmId(request.getSwarmId()))
        .thenApply(
            done -> {
              Profile profile = profile(request.getSwarmId()).orElseThrow(() -> Unregistered.swarm(request.getSwarmId()).asException());
              return explained(MatchRules.judge(profile, need), need);
            });
  }

  private ExplainMatchResponse explained(Verdict verdict, Need need) {
    List<Qualified> all = index.all().stream().flatMap(profile -> MatchRules.fit(profile, need).stream()).toList();
    ExplainMatchResponse.Builder response = ExplainMatchResponse.newBuilder().setQualified(all.size());
    return switch (verdict) {
      case Qualified qualified -> {
        long before = all.stream().filter(other -> MatchRules.BEST_FIRST.compare(other, qualified) < 0).count();
        yield response.setCandidate(MatchWire.toProto(qualified)).setPlace((int) before + 1).build();
      }
      case Unfit unfit -> response.setRejected(MatchWire.toProto(unfit)).build();
    };
  }

  /**
   * Why those swarms that come nearest may not do a ready task, a line each, when none may; empty when one may, or could as soon as its breaker is
   * reset, about which a person is asked anyway.
   */
  public Optional<List<String>> unfit(Task task) {
    TaskSpec spec = task.getSpec();
    RankSwarmsRequest request =
        RankSwarmsRequest.newBuilder()
            .addAllRequiredCapabilities(spec.getRequiredCapabilitiesList())
            .putAllMinSkills(spec.getMinSkillsMap())
            .setMaxCostMicros(spec.getMaxCostMicros())
            .setMinReputationMillis(spec.getMinReputationMillis())
            .addAllExcludeSwarmIds(spec.getExcludeSwarmIdsList())
            .setTaskClass(spec.getTaskClass())
            .build();
    List<String> owners = task.hasOwnership() ? task.getOwnership().getOwnerSwarmIdsList() : spec.getOwnerSwarmIdsList();
    return UnfitRules.nearest(judged(Need.of(request, preferences, policy.get())), owners);
  }

  private Optional<Profile> registered(String swarmId) {
    return profile(swarmId).filter(Profile::isRegistered);
  }

  /** What is known here of a swarm, if all of it has arrived and can be read: each kind of record comes by itself. */
  private Optional<Profile> profile(String swarmId) {
    SwarmId swarm = new SwarmId(swarmId);
    Keys keys = codec.keys();
    Optional<Entry> registration = replica.get(keys.swarm(swarm));
    Optional<Entry> standing = replica.get(keys.standing(swarm));
    Optional<Entry> account = replica.get(keys.account(swarm));
    if (registration.isEmpty() || standing.isEmpty() || account.isEmpty() || replica.isUnreadable(keys.commitments(swarm))) {
      return Optional.empty();
    }
    return Optional.of(
        Profile.of(
            BooksCodec.registration(registration.get()).getManifest(),
            BooksCodec.standing(standing.get()),
            BooksCodec.account(account.get()),
            codec.commitments(replica, swarm)));
  }
}
