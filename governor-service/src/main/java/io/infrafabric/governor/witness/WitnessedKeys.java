package io.infrafabric.governor.witness;

import io.infrafabric.names.Keys;
import java.util.Map;
import java.util.Set;

/**
 * Which keys are witnessed: all under the root but those that only repeat or serve others. Commitments are lines of what the
 * records of tasks say, written in the same transactions; so are shares; manifests are what the records of swarms say; spend is sums of what accounts are booked; notes are
 * what swarms say with their heartbeats; lines of the ledger are what the accounts say that they were written with; archived tasks and uses of objects are what is left of deleted records.
 */
public record WitnessedKeys(Keys keys) {
  private static final Set<String> LEFT_OUT = Set.of("commitments", "shares", "manifests", "spend", "notes", "relay", "elections", "witness", "archive", "objects", "ledger");

  private static final Map<String, Set<String>> KINDS =
      Map.of(
          "coordinator", Set.of("tasks", "plans", "sessions", "blockers", "contexts"),
          "governor", Set.of("swarms", "standing", "accounts", "breakers", "policy", "escalations"),
          "chassis", Set.of("contracts"));

  /** Whether each change of this key has an entry. */
  public boolean include(String key) {
    return key.startsWith(keys.root()) && key.indexOf('/', keys.root().length()) > 0 && !LEFT_OUT.contains(kind(key));
  }

  /** The kind of the record: the first token under the root. */
  String kind(String key) {
    int from = keys.root().length();
    return key.substring(from, key.indexOf('/', from));
  }

  /** The service that writes records of the kind; the fabric where nobody has said. */
  String owner(String kind) {
    return KINDS.entrySet().stream().filter(owner -> owner.getValue().contains(kind)).map(Map.Entry::getKey).findFirst().orElse("fabric");
  }

  /** The key as entries name it. */
  String relative(String key) {
    return key.substring(keys.root().length());
  }
}
