package io.infrafabric.kit.relay;

import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Prefix;
import java.util.List;
import java.util.function.Function;

/**
 * What a relay publishes. The functions must be pure and quick.
 *
 * @param service names the cursor and the elected role
 * @param prefixes disjoint; other keys are not published
 * @param ofChange the messages of a change, often none
 * @param ofEntry the messages of a record found in a snapshot, when the changes that led to it are not known; to be marked
 *     as reconciled
 */
public record RelaySource(
    String service,
    List<Prefix> prefixes,
    Function<Change, List<OutboundMessage>> ofChange,
    Function<Entry, List<OutboundMessage>> ofEntry) {
  /** At least one prefix. */
  public RelaySource {
    prefixes = List.copyOf(prefixes);
    if (prefixes.isEmpty()) {
      throw new IllegalArgumentException("a relay needs a prefix");
    }
  }

  boolean concerns(String key) {
    return prefixes.stream().anyMatch(prefix -> key.startsWith(prefix.path()));
  }

  List<String> ranges() {
    return prefixes.stream().flatMap(prefix -> prefix.ranges().stream()).toList();
  }

  /** The longest path that all prefixes are under: one watch on it tells their changes in one order. */
  String commonPath() {
    String common = prefixes.getFirst().path();
    for (Prefix prefix : prefixes) {
      while (!prefix.path().startsWith(common)) {
        common = common.substring(0, common.lastIndexOf('/', common.length() - 2) + 1);
      }
    }
    return common;
  }
}
