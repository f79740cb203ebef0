package io.infrafabric.kit.auth;

import io.infrafabric.access.Role;
import java.security.PublicKey;
import java.util.Set;

/**
 * A key whose tokens are believed.
 *
 * @param id kid: names it in tokens
 * @param roles that its tokens may give
 */
record TrustedKey(String id, Set<Role> roles, PublicKey key) {
  TrustedKey {
    roles = Set.copyOf(roles);
  }
}
