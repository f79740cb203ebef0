package io.infrafabric.chassis.work;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import io.infrafabric.names.Ids;
import io.infrafabric.names.SwarmId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a swarm's session: opens it, says every third of its TTL that the swarm lives, and opens another one when it was
 * lost. {@link #runOnce} is driven by one thread; the session is read by many.
 */
final class SessionKeeper {
  private static final Logger log = LoggerFactory.getLogger(SessionKeeper.class);

  private final Coordinator coordinator;
  private final SwarmId swarm;
  private final InstantSource clock;
  private final Runnable onOpened;
  /** Cleared only of the very session that was found to have ended: a late word about it must not end its successor. */
  private final AtomicReference<Coordinator.Opened> session = new AtomicReference<>();
  private String openRequest;
  private Optional<Refusal> told = Optional.empty();

  SessionKeeper(Coordinator coordinator, SwarmId swarm, InstantSource clock, Runnable onOpened) {
    this.coordinator = coordinator;
    this.swarm = swarm;
    this.clock = clock;
    this.onOpened = onOpened;
  }

  /** The id of the session, while there is one. */
  Optional<String> sessionId() {
    return Optional.ofNullable(session.get()).map(Coordinator.Opened::sessionId);
  }

  /** Opens or keeps alive. Returns when it wants to be called again. */
  Duration runOnce() {
    Coordinator.Opened current = session.get();
    try {
      if (current == null) {
        current = open();
      } else {
        coordinator.keepAlive(request(), swarm, current.sessionId());
      }
      told = Optional.empty();
      return current.ttl().dividedBy(3);
    } catch (RefusedException refused) {
      return refused(refused.refusal(), current);
    }
  }

  /** Somebody was told that the session has ended. */
  void lost(String sessionId) {
    Coordinator.Opened current = session.get();
    if (current != null && current.sessionId().equals(sessionId)) {
      session.compareAndSet(current, null);
    }
  }

  /** Gives the session back, if the coordinator can be reached. */
  void close() {
    try {
      sessionId().ifPresent(id -> coordinator.close(request(), swarm, id));
    } catch (RefusedException refused) {
      log.atDebug().addKeyValue("swarm", swarm).addKeyValue("cause", refused.getMessage()).log("session not closed, it will expire");
    }
    session.set(null);
  }

  /** A request that may have been done keeps its id; a session that is answered for it is the one that was opened. */
  private Coordinator.Opened open() {
    if (openRequest == null) {
      openRequest = request();
    }
    Coordinator.Opened opened = coordinator.open(openRequest, swarm);
    session.set(opened);
    openRequest = null;
    log.atInfo().addKeyValue("swarm", swarm).log("session opened");
    onOpened.run();
    return opened;
  }

  /** @param current the session that was refused, null when none could be opened */
  private Duration refused(Refusal refusal, Coordinator.Opened current) {
    if (told.map(Refusal::code).filter(refusal.code()::equals).isEmpty()) {
      log.atWarn().addKeyValue("swarm", swarm).addKeyValue("cause", refusal.message()).log("no session, trying until there is one");
      told = Optional.of(refusal);
    }
    if (current != null && refusal.code() == ErrorCode.ERROR_CODE_SESSION_NOT_FOUND) {
      session.compareAndSet(current, null);
      return Duration.ofNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
    if (!RetryRules.unanswered(refusal)) {
      openRequest = null;
    }
    return Duration.ofMillis(500);
  }

  private String request() {
    return Ids.ulid(clock.millis());
  }
}
