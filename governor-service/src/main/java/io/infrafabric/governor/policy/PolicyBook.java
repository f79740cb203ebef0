package io.infrafabric.governor.policy;

import io.infrafabric.governor.v1.Policy;
import io.infrafabric.governor.v1.PolicyMode;
import io.infrafabric.governor.v1.PolicyRecord;
import io.infrafabric.policy.ActivePolicy;
import io.infrafabric.policy.Preset;
import java.util.List;
import java.util.Optional;

/**
 * The records of the policy at one moment.
 *
 * @param current policy/current; empty while none was ever applied
 * @param shadow policy/shadow
 * @param kept policy/[revision], newest first
 */
record PolicyBook(Optional<PolicyRecord> current, Optional<PolicyRecord> shadow, List<PolicyRecord> kept) {
  /** Revisions that are kept, the one in force among them. */
  static final int KEPT = 100;

  PolicyBook {
    kept = List.copyOf(kept);
  }

  /** The policy in force. */
  Policy inForce() {
    return current.map(PolicyRecord::getPolicy).orElseGet(PolicyBook::first);
  }

  /** The last revision that any document was given. */
  long lastRevision() {
    return current.map(PolicyRecord::getLastRevision).orElse(ActivePolicy.FIRST_REVISION);
  }

  /** A revision, if it is kept; the first one always is. */
  Optional<Policy> revision(long revision) {
    if (revision == ActivePolicy.FIRST_REVISION) {
      return Optional.of(first());
    }
    return kept.stream().map(PolicyRecord::getPolicy).filter(policy -> policy.getRevision() == revision).findFirst();
  }

  /** What a request has made, if it did and that is kept. */
  Optional<Policy> ofRequest(String requestId) {
    return kept.stream().filter(record -> record.getRequestId().equals(requestId)).map(PolicyRecord::getPolicy).findFirst();
  }

  /** What is in force while no policy was ever applied: nobody has, and it has no time. */
  static Policy first() {
    return Policy.newBuilder()
        .setRevision(ActivePolicy.FIRST_REVISION)
        .setDocument(Preset.PRODUCTION.document())
        .setPrincipal("fabric")
        .setTerms(Preset.PRODUCTION.terms())
        .setMode(PolicyMode.POLICY_MODE_ENFORCED)
        .build();
  }
}
