package io.infrafabric.scenarios;

import com.google.protobuf.InvalidProtocolBufferException;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.testkit.history.Version;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What a swarm had promised at each moment against what it had, as etcd kept it. */
final class MoneyHistory {
  private final List<String> overdrafts = new ArrayList<>();
  private final Set<String> claims = new HashSet<>();
  private Standing standing = Standing.getDefaultInstance();

  private MoneyHistory() {}

  static MoneyHistory of(RunningFabric fabric, String swarm) throws InvalidProtocolBufferException {
    return of(fabric.history(Keys.DEFAULT_ROOT), swarm);
  }

  /** Out of everything that was ever written. */
  static MoneyHistory of(List<Version> written, String swarm) throws InvalidProtocolBufferException {
    Keys keys = new Keys();
    SwarmId id = new SwarmId(swarm);
    MoneyHistory history = new MoneyHistory();
    for (Version version : written) {
      if (version.key().equals(keys.standing(id))) {
        history.standing = Standing.parseFrom(version.value().orElseThrow());
      } else if (version.key().equals(keys.commitments(id))) {
        history.next(version.revision(), CommitmentsRecord.parseFrom(version.value().orElseThrow()));
      }
    }
    return history;
  }

  private void next(long revision, CommitmentsRecord record) {
    long promised = 0;
    for (Commitment commitment : record.getCommitmentsList()) {
      boolean open = commitment.getEnd() == ClaimEnd.CLAIM_END_UNSPECIFIED;
      claims.add(commitment.getClaimId());
      if (open || !standing.getSettledClaimIdsList().contains(commitment.getClaimId())) {
        promised += open ? commitment.getMaxCostMicros() : commitment.getCostMicros();
      }
    }
    if (promised > standing.getCreditMicros() || promised < 0) {
      overdrafts.add("revision " + revision + ": " + promised + " of " + standing.getCreditMicros() + " micro-USD");
    }
  }

  /** The moments at which more was promised than there was. */
  List<String> overdrafts() {
    return overdrafts;
  }

  /** How many claims there were. */
  int claims() {
    return claims.size();
  }
}
