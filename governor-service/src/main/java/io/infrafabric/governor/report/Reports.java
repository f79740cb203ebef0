package io.infrafabric.governor.report;

import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.Commitments;
import io.infrafabric.governor.books.ReplicaBooks;
import io.infrafabric.governor.spend.SpendCodec;
import io.infrafabric.governor.v1.ReportBy;
import io.infrafabric.governor.v1.ReportLine;
import io.infrafabric.governor.v1.ReportRequest;
import io.infrafabric.governor.v1.ReportResponse;
import io.infrafabric.governor.v1.SpendRecord;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;

/** Reports of the swarms of the replica. Failures are {@link io.infrafabric.error.RefusedException}s. */
public final class Reports {
  private static final int MOST_UNREADABLE = 100;

  private final Replica replica;
  private final Keys keys;
  private final ReplicaBooks books;
  private final int daysKept;
  private final Compared compared;
  private final InstantSource clock;

  /**
   * What reports say besides.
   *
   * @param referenceModel empty when it has no price
   * @param rankings of this governor, and {@code answered} of them by a swarm
   */
  public record Compared(String referenceModel, LongSupplier rankings, LongSupplier answered) {}

  /**
   * @param daysKept days of which each is kept by itself
   */
  public Reports(Replica replica, Keys keys, int daysKept, Compared compared, InstantSource clock) {
    this.replica = replica;
    this.keys = keys;
    this.books = new ReplicaBooks(replica, keys);
    this.daysKept = daysKept;
    this.compared = compared;
    this.clock = clock;
  }

  /** The report that is asked for, as far as the store is known here. */
  public CompletableFuture<ReportResponse> report(ReportRequest request) {
    Optional<Refusal> refusal = RequestRules.validate(request, daysKept, clock.instant());
    if (refusal.isPresent()) {
      return CompletableFuture.failedFuture(refusal.get().asException());
    }
    long revision = replica.revision();
    ReportRules.Report report = ReportRules.report(money(), request.getBy(), RequestRules.period(request));
    int size = request.getPageSize() == 0 ? RequestRules.PAGE_DEFAULT : request.getPageSize();
    List<ReportLine> left = report.lines().stream().filter(line -> line.getKey().compareTo(request.getPageToken()) > 0).toList();
    List<ReportLine> page = left.subList(0, Math.min(size, left.size()));
    return CompletableFuture.completedFuture(
        ReportResponse.newBuilder()
            .addAllLines(page)
            .setTotal(report.total())
            .setNextPageToken(page.size() < left.size() ? page.getLast().getKey() : "")
            .setRevision(revision)
            .setRankings(compared.rankings().getAsLong())
            .setRankingsAnswered(compared.answered().getAsLong())
            .setReferenceModel(compared.referenceModel())
            .addAllUnreadableSwarmIds(unreadable())
            .build());
  }

  /** Swarms of which a record that reports are made of cannot be read. */
  private List<String> unreadable() {
    List<String> prefixes = List.of(keys.swarms(), keys.standings(), keys.accounts(), keys.breakers(), keys.commitments(), keys.spend());
    return replica.unreadable().stream()
        .map(found -> found.entry().key())
        .flatMap(key -> prefixes.stream().filter(key::startsWith).map(prefix -> key.substring(prefix.length()).split("/", 2)[0]))
        .filter(Ids::isId)
        .distinct()
        .sorted()
        .limit(MOST_UNREADABLE)
        .toList();
  }

  /** The lines of all time, for metrics. */
  List<ReportLine> allTime(ReportBy by) {
    return ReportRules.report(money(), by, Period.ALL).lines();
  }

  /** The money of every swarm that ever was registered and whose books can be read. */
  private List<SwarmMoney> money() {
    return replica.scan(keys.standings()).keySet().stream().map(Keys::idOf).map(SwarmId::new).flatMap(swarm -> books.get(swarm).map(found -> money(swarm, found)).stream()).toList();
  }

  private SwarmMoney money(SwarmId swarm, Books found) {
    CommitmentsRecord commitments = books.commitments(swarm);
    List<SpendRecord> spend = replica.scan(keys.spend(swarm)).values().stream().map(SpendCodec::record).toList();
    return new SwarmMoney(found.standing(), found.account(), found.accountLabel(), Commitments.committedByClass(commitments, found.standing()), spend);
  }
}
