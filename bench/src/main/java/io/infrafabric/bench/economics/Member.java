package io.infrafabric.bench.economics;

import java.util.Set;

/**
 * One agent of a sprint: a swarm of its own.
 *
 * @param session whose domain it works in, and whose account it is reported under
 * @param failing fails nearly always
 */
record Member(String id, String session, Model model, Set<String> capabilities, boolean failing) {
  Member {
    capabilities = Set.copyOf(capabilities);
  }

  boolean can(String capability) {
    return capabilities.contains(capability);
  }
}
