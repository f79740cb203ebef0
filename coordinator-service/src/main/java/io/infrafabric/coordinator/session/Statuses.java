package io.infrafabric.coordinator.session;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.commitment.HelpMoney;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.request.RequestRules;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.ListSessionsRequest;
import io.infrafabric.coordinator.v1.ListSessionsResponse;
import io.infrafabric.coordinator.v1.Session;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.BlockerId;
import io.infrafabric.names.Keys;
import io.infrafabric.names.Limits;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Collects what there is to know of swarms, from the copy at hand, and tells what they do now. */
public final class Statuses {
  /** Swarms whose last sign of life is remembered. */
  private static final int SEEN = 50_000;

  /** Open blockers that are looked at of one task. */
  private static final int BLOCKERS = 16;

  private final Replica replica;
  private final Records records;
  private final InstantSource clock;
  private final IdleTimes idle;
  private final Map<SwarmId, Instant> seen = new ConcurrentHashMap<>();

  Statuses(Replica replica, Records records, InstantSource clock) {
    this.replica = replica;
    this.records = records;
    this.clock = clock;
    this.idle = new IdleTimes(clock);
  }

  /** For how long they do nothing; to be started. */
  public IdleTimes idle() {
    return idle;
  }

  /** A swarm has shown life. */
  void seen(SwarmId swarm) {
    if (seen.size() >= SEEN) {
      seen.clear();
    }
    seen.put(swarm, clock.instant());
  }

  /** Pages through the sessions by swarm, without their secrets. */
  public ListSessionsResponse list(ListSessionsRequest request) {
    RequestRules.pageToken(request.getPageToken());
    int size = request.getPageSize() == 0 ? Limits.PAGE_SIZE_DEFAULT : Math.min(Limits.PAGE_SIZE, Math.max(1, request.getPageSize()));
    String prefix = request.getIncludeAway() ? records.keys().standings() : records.keys().sessions();
    ListSessionsResponse.Builder page = ListSessionsResponse.newBuilder();
    for (String key : replica.scanAfter(prefix, prefix + request.getPageToken()).keySet()) {
      SwarmId swarm = new SwarmId(Keys.idOf(key));
      if (page.getSessionsCount() == size) {
        page.setNextPageToken(page.getSessions(size - 1).getSwarmId());
        break;
      }
      status(swarm).ifPresent(page::addSessions);
    }
    return page.build();
  }

  /** What one swarm does; SWARM_NOT_FOUND when it is not registered and has no session. */
  public Session of(SwarmId swarm) {
    return status(swarm)
        .orElseThrow(() -> Refusal.of(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, "swarm " + swarm + " is not registered").with("swarm_id", swarm).asException());
  }

  private Optional<Session> status(SwarmId swarm) {
    var session = records.session(replica, swarm);
    var standing = records.standing(replica, swarm);
    if (session.isEmpty() && standing.isEmpty()) {
      return Optional.empty();
    }
    CommitmentsRecord book = records.commitments(replica, swarm);
    List<Task> held = held(swarm, book);
    List<Blocker> blockers =
        held.stream().flatMap(task -> task.getParked().getBlockerIdsList().stream().limit(BLOCKERS)).map(this::blocker).flatMap(Optional::stream).toList();
    Map<String, String> helped = new HashMap<>();
    held.stream()
        .map(task -> task.getSpec().getBlockerId())
        .filter(id -> !id.isEmpty())
        .forEach(id -> blocker(id).ifPresent(blocker -> helped.put(id, blocker.getSwarmId())));
    var facts =
        new StatusRules.Facts(
            swarm,
            session,
            records.sessionRevision(replica, swarm),
            standing,
            book,
            held,
            blockers,
            helped,
            records.note(replica, swarm),
            Optional.ofNullable(seen.get(swarm)));
    Instant now = clock.instant();
    IdleTimes.Time time = idle.of(swarm, now);
    return Optional.of(StatusRules.of(facts, now).toBuilder().setOnline(Times.toProto(time.online())).setIdle(Times.toProto(time.idle())).build());
  }

  private List<Task> held(SwarmId swarm, CommitmentsRecord book) {
    return book.getCommitmentsList().stream()
        .filter(line -> CommitmentRules.isOpen(line) && !HelpMoney.isHelp(line))
        .map(line -> records.task(replica, new TaskId(line.getTaskId())).map(StoredTask::task))
        .flatMap(Optional::stream)
        .filter(task -> TaskStates.claim(task).filter(claim -> claim.getSwarmId().equals(swarm.value())).isPresent())
        .toList();
  }

  private Optional<Blocker> blocker(String id) {
    return records.blocker(replica, new BlockerId(id)).map(BlockerRecord::getBlocker);
  }
}
