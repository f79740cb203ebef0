package io.infrafabric.chassis.work;

import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The claims that were taken on. A doorbell may ring twice for a task, and claiming what one holds answers the same claim; it
 * must not be executed twice. The oldest are forgotten: their fences are long stale.
 */
final class ClaimsSeen {
  private static final int REMEMBERED = 10_000;

  private final Set<String> claimIds = new LinkedHashSet<>();

  /** True the first time. */
  synchronized boolean takeOn(String claimId) {
    boolean first = claimIds.add(claimId);
    if (claimIds.size() > REMEMBERED) {
      claimIds.remove(claimIds.iterator().next());
    }
    return first;
  }
}
