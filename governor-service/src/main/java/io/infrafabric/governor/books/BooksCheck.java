package io.infrafabric.governor.books;

import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.governor.money.Purses;
import io.infrafabric.governor.spend.SpendCodec;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.EscalationState;
import io.infrafabric.governor.v1.EscalationType;
import io.infrafabric.governor.v1.ManifestVersion;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.governor.v1.SwarmRecord;
import io.infrafabric.kit.quarantine.RecordTable;
import io.infrafabric.kit.quarantine.Treatment;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.RecordCheck;
import io.infrafabric.kit.store.RecordShape;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.policy.PolicyRecords;
import java.util.Map;
import java.util.Optional;

/**
 * What the records that the governor reads must hold. Those of swarms are kept when they cannot be read: a swarm without a breaker, an
 * account or a registration could begin anew with a clean one, and what goes by a policy would go by another. Pure.
 */
public final class BooksCheck implements RecordCheck {
  private final RecordTable table;

  public BooksCheck(Keys keys) {
    table =
        new RecordTable()
            .own(keys.standings(), Treatment.KEEP, BooksCheck::standing)
            .others(keys.commitments(), BooksCheck::commitments)
            .own(keys.accounts(), Treatment.KEEP, BooksCheck::account)
            .own(keys.spend(), Treatment.KEEP, new SpendCodec(keys)::fault)
            .own(keys.breakers(), Treatment.KEEP, BooksCheck::breaker)
            .own(keys.swarms(), Treatment.KEEP, BooksCheck::swarm)
            .own(keys.policies(), Treatment.KEEP, PolicyRecords::fault)
            .own(keys.manifests(), Treatment.MOVE, entry -> manifest(keys, entry)) // a version is only told of
            .others(keys.blockers(), BooksCheck::blocker)
            // Raised anew while its cause is there: a person is asked again.
            .own(keys.escalations(), Treatment.MOVE, BooksCheck::escalation);
  }

  /** What becomes of an unreadable record under the prefixes that the governor alone writes. */
  public Map<String, Treatment> owned() {
    return table.owned();
  }

  @Override
  public Optional<String> fault(Entry entry) {
    return table.fault(entry);
  }

  private static Optional<String> standing(Entry entry) {
    return RecordShape.fault(entry, Standing.parser(), Standing::getSwarmId, standing -> state(standing.getBreaker()));
  }

  private static Optional<String> breaker(Entry entry) {
    return RecordShape.fault(entry, Breaker.parser(), Breaker::getSwarmId, breaker -> state(breaker.getState()));
  }

  private static Optional<String> swarm(Entry entry) {
    return RecordShape.fault(entry, SwarmRecord.parser(), record -> record.getManifest().getSwarmId(), record -> unless(record.getVersion() > 0, "it has no version"));
  }

  private static Optional<String> manifest(Keys keys, Entry entry) {
    return RecordShape.fault(
        entry,
        ManifestVersion.parser(),
        version -> Keys.manifestSlot(version.getVersion()),
        version ->
            unless(
                Ids.isId(version.getManifest().getSwarmId())
                    && entry.key().equals(keys.manifest(new SwarmId(version.getManifest().getSwarmId()), version.getVersion())),
                "it is another swarm's"));
  }

  private static Optional<String> account(Entry entry) {
    return RecordShape.fault(entry, Account.parser(), Account::getAccountId, account -> BooksCodec.isSwarms(account) ? sums(account) : Purses.fault(account));
  }

  /** A swarm that has spent more than it had, which must not be, can still be booked for. */
  private static Optional<String> sums(Account account) {
    return unless(account.getGrantedMicros() >= 0 && account.getSettledMicros() >= 0, "an amount is negative")
        .or(() -> unless(account.getCreditMicros() == Purses.left(account), "its amounts do not add up"));
  }

  private static Optional<String> commitments(Entry entry) {
    return RecordShape.fault(
        entry,
        CommitmentsRecord.parser(),
        CommitmentsRecord::getSwarmId,
        book ->
            unless(
                book.getCommitmentsList().stream().allMatch(line -> !line.getClaimId().isEmpty() && Ids.isId(line.getTaskId())),
                "a line of it is no commitment"));
  }

  private static Optional<String> escalation(Entry entry) {
    return RecordShape.fault(
        entry,
        Escalation.parser(),
        Escalation::getEscalationId,
        escalation ->
            unless(escalation.getType() != EscalationType.ESCALATION_TYPE_UNSPECIFIED, "it does not say what is to be decided")
                .or(() -> unless(escalation.getState() != EscalationState.ESCALATION_STATE_UNSPECIFIED, "it does not say whether it is decided")));
  }

  private static Optional<String> blocker(Entry entry) {
    return RecordShape.fault(
        entry,
        BlockerRecord.parser(),
        record -> record.getBlocker().getBlockerId(),
        record -> unless(Ids.isId(record.getBlocker().getTaskId()) && Ids.isId(record.getBlocker().getSwarmId()), "it is of no task or swarm"));
  }

  private static Optional<String> state(BreakerState state) {
    return unless(
        state != BreakerState.BREAKER_STATE_UNSPECIFIED && state != BreakerState.UNRECOGNIZED, "it does not say whether the breaker is open");
  }

  private static Optional<String> unless(boolean right, String wrong) {
    return right ? Optional.empty() : Optional.of(wrong);
  }
}
