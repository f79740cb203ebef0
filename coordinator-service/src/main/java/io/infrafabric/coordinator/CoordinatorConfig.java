package io.infrafabric.coordinator;

import io.infrafabric.coordinator.archive.ArchiveSettings;
import io.infrafabric.coordinator.blocker.HelpSettings;
import io.infrafabric.coordinator.object.ObjectSettings;
import io.infrafabric.coordinator.plan.ReduceSettings;
import io.infrafabric.coordinator.storage.StorageSettings;
import io.infrafabric.kit.auth.AuthSettings;
import io.infrafabric.kit.auth.RateSettings;
import io.infrafabric.kit.config.Default;
import io.infrafabric.kit.config.Doc;
import io.infrafabric.kit.grpc.DoorSettings;
import io.infrafabric.kit.grpc.OverloadSettings;
import io.infrafabric.kit.grpc.TlsSettings;
import io.infrafabric.kit.nats.NatsSettings;
import io.infrafabric.names.Keys;
import io.infrafabric.policy.DecisionSettings;
import java.time.Duration;
import java.util.List;

/** Settings of a coordinator. */
public record CoordinatorConfig(
    @Default("coordinator-1") @Doc("Names this process in logs, traces and elections.") String instanceId,
    @Default("http://127.0.0.1:2379") @Doc("etcd members.") List<String> etcdEndpoints,
    NatsSettings nats,
    @Default("127.0.0.1") @Doc("Address that gRPC listens on.") String grpcHost,
    @Default("50051") @Doc("Port that gRPC listens on; 0: any free one.") int grpcPort,
    @Default("127.0.0.1:50052") @Doc("The governor.") String governorTarget,
    @Default(Keys.DEFAULT_ROOT) @Doc("Where the fabric's keys live in etcd.") String keyPrefix,
    @Default("10s") @Doc("How long a session lives without a sign of life, unless it says otherwise.") Duration sessionTtl,
    @Default("3") @Doc("Swarms rung at the same time for a task, at most.") int offerFanOut,
    @Default("100ms") @Doc("After which one more swarm is rung while nobody has claimed.") Duration offerFurtherAfter,
    @Default("1s") @Doc("How long an offer is good.") Duration offerTimeout,
    @Default("3s") @Doc("How long the outcome of a write is sought before the caller is told that nobody knows.") Duration outcomePatience,
    OverloadSettings overload,
    @Default("3s") @Doc("How long a task that is shared out is kept for a swarm that does not come, while nobody takes any.") Duration sharePatience,
    @Default("5m") @Doc("How long none of the owners of a task may have a session before it is anyone's.") Duration ownerPatience,
    @Default("5m") @Doc("How much older a ready task must be to go before one of the next higher priority; the same in every coordinator.") Duration ageing,
    @Default("120") @Doc("Transactions in one group commit.") int batchTransactions,
    @Default("1") @Doc("Group commits under way at once.") int batchLanes,
    HelpSettings help,
    ArchiveSettings archive,
    ObjectSettings objects,
    ReduceSettings reduce,
    StorageSettings storage,
    DecisionSettings decisions,
    AuthSettings auth,
    RateSettings rate,
    TlsSettings tls) {
  /** Refuses doors that stand open to others, and limits that let nothing through. */
  public CoordinatorConfig {
    new DoorSettings(auth, rate, tls).requireUsable(grpcHost);
    least("offer-fan-out", offerFanOut);
    if (!ageing.isPositive()) {
      throw new IllegalArgumentException("ageing must be more than 0, not " + ageing);
    }
    least("batch-transactions", batchTransactions);
    least("batch-lanes", batchLanes);
  }

  private static void least(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1, not " + value);
    }
  }

  /** Who comes in. */
  DoorSettings doors() {
    return new DoorSettings(auth, rate, tls);
  }
}
