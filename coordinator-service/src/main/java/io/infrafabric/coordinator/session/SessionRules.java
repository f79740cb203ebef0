package io.infrafabric.coordinator.session;

import io.infrafabric.coordinator.v1.SessionRecord;
import java.util.Optional;

/** Which claims are a session's: its own, and those of the sessions that it has inherited from (ADR 11). Pure. */
public final class SessionRules {
  /** Sessions that one may inherit from, one through the other; the claims of older ones have long been written anew. */
  static final int MOST_INHERITED = 16;

  private SessionRules() {}

  /** The session with the claims of the one before. */
  static SessionRecord inheriting(SessionRecord wanted, SessionRecord before, long revisionBefore) {
    return wanted.toBuilder()
        .clearInherits()
        .addInherits(revisionBefore)
        .addAllInherits(before.getInheritsList().stream().limit(MOST_INHERITED - 1L).toList())
        .build();
  }

  /**
   * Whether a claim is one of a session that is alive.
   *
   * @param session the swarm's now, empty without one
   * @param revision at which it was opened
   * @param claimedUnder revision of the session under which the claim was made
   */
  public static boolean covers(Optional<SessionRecord> session, long revision, long claimedUnder) {
    return session.isPresent() && (claimedUnder == revision || session.get().getInheritsList().contains(claimedUnder));
  }
}
