package io.infrafabric.access;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Who may call a method.
 *
 * @param open whether anybody may, without a token
 * @param roles that may
 * @param own path of the field that names the swarm, which for a token of a swarm must be the one it was issued to; without one a swarm
 *     may say whatever the method takes
 * @param by path of the field that names who does it: empty or the one the token was issued to
 * @param urgent keeps, ends or reports what is under way: has a rate of its own, so that a busy swarm can always end what it holds
 */
public record Access(boolean open, Set<Role> roles, Optional<String> own, Optional<String> by, boolean urgent) {
  public Access {
    roles = Set.copyOf(roles);
  }

  /** Anybody may, without a token. */
  static Access anybody() {
    return new Access(true, Set.of(), Optional.empty(), Optional.empty(), true);
  }

  /** These roles may. */
  static Access of(Role first, Role... others) {
    return new Access(false, EnumSet.of(first, others), Optional.empty(), Optional.empty(), false);
  }

  /** The same, and swarms, of which the field names one. */
  Access orSwarm(String field) {
    return new Access(open, with(Role.SWARM), Optional.of(field), by, urgent);
  }

  /** The same, and any swarm. */
  Access orAnySwarm() {
    return new Access(open, with(Role.SWARM), own, by, urgent);
  }

  /** The same, with a field that names who does it. */
  Access by(String field) {
    return new Access(open, roles, own, Optional.of(field), urgent);
  }

  /** The same, urgent. */
  Access asUrgent() {
    return new Access(open, roles, own, by, true);
  }

  private Set<Role> with(Role role) {
    Set<Role> more = EnumSet.of(role);
    more.addAll(roles);
    return more;
  }
}
