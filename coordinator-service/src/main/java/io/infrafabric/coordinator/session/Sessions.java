package io.infrafabric.coordinator.session;

import com.google.protobuf.util.Durations;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.claim.Inheritance;
import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.commitment.HelpMoney;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.v1.CloseSessionRequest;
import io.infrafabric.coordinator.v1.CloseSessionResponse;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.KeepAliveResponse;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.OpenSessionResponse;
import io.infrafabric.coordinator.v1.SessionRecord;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Opens, renews and closes sessions. Each lives on an etcd lease of its own, so that any coordinator can renew it. */
public final class Sessions {
  private static final Duration SHORTEST = Duration.ofSeconds(2);
  private static final Duration LONGEST = Duration.ofMinutes(5);

  private final Store store;
  private final Replica replica;
  private final Records records;
  private final Inheritance inheritance;
  private final Statuses statuses;
  private final InstantSource clock;
  private final Duration defaultTtl;

  public Sessions(Store store, Replica replica, Records records, Duration defaultTtl, Inheritance inheritance, InstantSource clock) {
    this.store = store;
    this.replica = replica;
    this.records = records;
    this.defaultTtl = defaultTtl;
    this.inheritance = inheritance;
    this.clock = clock;
    this.statuses = new Statuses(replica, records, clock);
  }

  /** Opens a session, or answers the one that this request opened before. */
  public CompletableFuture<OpenSessionResponse> open(OpenSessionRequest request) {
    SwarmId swarm = new SwarmId(request.getSwarmId());
    Duration ttl = !request.hasTtl() ? defaultTtl : Durations.isValid(request.getTtl()) ? Times.toDuration(request.getTtl()) : Duration.ZERO;
    if (ttl.compareTo(SHORTEST) < 0 || ttl.compareTo(LONGEST) > 0) {
      throw Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "ttl: a session lives 2 s to 5 min without a sign of life, not " + request.getTtl().getSeconds() + " s")
          .withField("ttl", "2 s to 5 min")
          .asException();
    }
    return unlessKnownInVain(swarm, request)
        .thenCompose(go -> away(store.grantLease(ttl)))
        .thenCompose(lease -> open(request, swarm, ttl, lease));
  }

  /** Refuses before a lease is granted what would be refused anyway. */
  private CompletableFuture<Void> unlessKnownInVain(SwarmId swarm, OpenSessionRequest request) {
    return replica
        .refresh(Set.of(records.keys().standing(swarm), records.keys().session(swarm)))
        .thenAccept(
            found -> {
              if (!isRegistered(found, swarm)) {
                throw Refusal.of(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, "swarm " + swarm + " is not registered")
                    .with("swarm_id", swarm)
                    .asException();
              }
              Optional<SessionRecord> open =
                  Optional.ofNullable(found.get(records.keys().session(swarm))).map(entry -> Records.parse(entry, SessionRecord.parser()));
              if (!request.getReplace() && !request.getInherit() && open.filter(session -> !session.getRequestId().equals(request.getRequestId())).isPresent()) {
                throw OpenDecision.exists(swarm).asException();
              }
            });
  }

  private CompletableFuture<OpenSessionResponse> open(OpenSessionRequest request, SwarmId swarm, Duration ttl, long lease) {
    SessionRecord wanted =
        SessionRecord.newBuilder()
            .setSwarmId(swarm.value())
            .setSessionId(Ids.secret())
            .setLeaseId(lease)
            .setOpenedAt(Times.toProto(clock.instant()))
            .setTtl(Times.toProto(ttl))
            .setRequestId(request.getRequestId())
            .setPulls(request.getPulls())
            .build();
    return replica
        .decide(new OpenDecision(records, wanted, request.getReplace(), request.getInherit()))
        .whenComplete(
            (opened, failure) -> {
              if (failure == null && opened.replacedLease() != 0) {
                store.revokeLease(opened.replacedLease());
              }
              if (failure == null ? opened.session().getLeaseId() != lease : !isUnknown(failure)) {
                store.revokeLease(lease);
              }
            })
        .thenCompose(opened -> inherited(request, swarm, opened.session()).thenApply(claims -> response(swarm, opened, claims)));
  }

  /** Before the answer is given: from then on whoever had the old fences can report nothing. */
  private CompletableFuture<Integer> inherited(OpenSessionRequest request, SwarmId swarm, SessionRecord session) {
    return request.getInherit() && session.getInheritsCount() > 0
        ? inheritance.inherit(swarm, session.getSessionId())
        : CompletableFuture.completedFuture(0);
  }

  private static OpenSessionResponse response(SwarmId swarm, OpenDecision.Opened opened, int inheritedClaims) {
    return OpenSessionResponse.newBuilder()
        .setSessionId(opened.session().getSessionId())
        .setTtl(opened.session().getTtl())
        .setOfferSubject(Subjects.offer(swarm))
        .setRevision(opened.revision())
        .setInheritedClaims(inheritedClaims)
        .build();
  }

  private static boolean isUnknown(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return !(cause instanceof RefusedException refused) || refused.refusal().code() == ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN;
  }

  /** Renews a session. SWARM_NOT_FOUND when the swarm was unregistered and holds no claim that could end. */
  public CompletableFuture<KeepAliveResponse> keepAlive(KeepAliveRequest request) {
    SwarmId swarm = new SwarmId(request.getSwarmId());
    return served(swarm, request.getSessionId())
        .thenCompose(session -> away(store.keepAlive(session.getLeaseId())))
        .thenApply(ttl -> Times.toProto(ttl.orElseThrow(() -> gone(swarm).asException())))
        .thenCompose(
            ttl -> {
              statuses.seen(swarm);
              return said(request, swarm).thenApply(done -> KeepAliveResponse.newBuilder().setTtl(ttl).build());
            });
  }

  /** Keeps what a swarm says of itself, when it is new. */
  private CompletableFuture<?> said(KeepAliveRequest request, SwarmId swarm) {
    return request.hasNote() || request.hasEstimatedUnblock()
        ? replica.decide(new NoteDecision(records, swarm, request, clock))
        : CompletableFuture.completedFuture(null);
  }

  /** Ends a session at once; succeeds when it has ended already. */
  public CompletableFuture<CloseSessionResponse> close(CloseSessionRequest request) {
    SwarmId swarm = new SwarmId(request.getSwarmId());
    String key = records.keys().session(swarm);
    // Read first: to say that there is none takes more than a copy that may lag behind the coordinator that opened it.
    return replica.refresh(Set.of(key)).thenCompose(read -> close(request, swarm, key));
  }

  private CompletableFuture<CloseSessionResponse> close(CloseSessionRequest request, SwarmId swarm, String key) {
    return replica
        .decide(
            new Decision<Optional<SessionRecord>>() {
              @Override
              public Set<String> reads() {
                return Set.of();
              }

              @Override
              public Set<String> writes() {
                return Set.of(key);
              }

              @Override
              public Step<Optional<SessionRecord>> decide(View view) {
                Optional<SessionRecord> session = records.session(view, swarm);
                if (session.isEmpty()) {
                  return Step.answer(session);
                }
                if (!session.get().getSessionId().equals(request.getSessionId())) {
                  return Step.refuse(gone(swarm));
                }
                return Step.commit(Txn.builder().delete(view, key).build(), revision -> session);
              }
            })
        .thenApply(
            closed -> {
              closed.ifPresent(session -> store.revokeLease(session.getLeaseId()));
              return CloseSessionResponse.getDefaultInstance();
            });
  }

  /** What the swarms do now. */
  public Statuses statuses() {
    return statuses;
  }

  /** The session of a swarm; SESSION_NOT_FOUND when it has ended. At once while this copy knows it. */
  public CompletableFuture<SessionRecord> live(SwarmId swarm, String sessionId) {
    Optional<SessionRecord> known = records.session(replica, swarm).filter(session -> session.getSessionId().equals(sessionId));
    if (known.isPresent()) {
      return CompletableFuture.completedFuture(known.get());
    }
    String key = records.keys().session(swarm);
    return replica
        .refresh(Set.of(key))
        .thenApply(
            found ->
                Optional.ofNullable(found.get(key))
                    .map(entry -> Records.parse(entry, SessionRecord.parser()))
                    .filter(session -> session.getSessionId().equals(sessionId))
                    .orElseThrow(() -> gone(swarm).asException()));
  }

  /**
   * The session of a swarm that is registered, or was and still holds claims: these may end as any other, for which it has to be
   * alive and to hear what becomes of them. SWARM_NOT_FOUND when it has nothing left to do.
   */
  public CompletableFuture<SessionRecord> served(SwarmId swarm, String sessionId) {
    CompletableFuture<SessionRecord> live = live(swarm, sessionId);
    return records.standing(replica, swarm).isPresent() ? live : live.thenCompose(session -> unlessOut(swarm).thenApply(go -> session));
  }

  private CompletableFuture<Void> unlessOut(SwarmId swarm) {
    String book = records.keys().commitments(swarm);
    return replica
        .refresh(Set.of(records.keys().standing(swarm), book))
        .thenAccept(
            found -> {
              boolean holds =
                  Optional.ofNullable(found.get(book))
                      .map(entry -> Records.parse(entry, CommitmentsRecord.parser()))
                      .filter(record -> record.getCommitmentsList().stream().anyMatch(line -> CommitmentRules.isOpen(line) && !HelpMoney.isHelp(line)))
                      .isPresent();
              if (!holds && !isRegistered(found, swarm)) {
                throw Refusal.of(
                        ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, "swarm " + swarm + " is not registered any more and holds no claims: its session ends")
                    .with("swarm_id", swarm)
                    .asException();
              }
            });
  }

  private boolean isRegistered(Map<String, Entry> found, SwarmId swarm) {
    return Optional.ofNullable(found.get(records.keys().standing(swarm)))
        .filter(entry -> !Records.parse(entry, Standing.parser()).getUnregistered())
        .isPresent();
  }

  private static Refusal gone(SwarmId swarm) {
    return Refusal.of(ErrorCode.ERROR_CODE_SESSION_NOT_FOUND, "swarm " + swarm + " has no live session with that id").with("swarm_id", swarm);
  }

  private static <T> CompletableFuture<T> away(CompletableFuture<T> lease) {
    return lease.exceptionallyCompose(
        failure ->
            CompletableFuture.failedFuture(
                Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "etcd does not answer; the session was not changed")
                    .retryAfter(Duration.ofSeconds(1))
                    .asException()));
  }
}
