package io.infrafabric.chassis.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.infrafabric.chassis.v1.Contract;
import io.infrafabric.chassis.v1.ContractRecord;
import io.infrafabric.kit.quarantine.Quarantine;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Prefix;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.ReplicaSettings;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RecordRulesTest {
  private static final Keys KEYS = new Keys();
  private static final ContractRecord GOOD =
      ContractRecord.newBuilder()
          .setContract(Contract.newBuilder().setSwarmId("census").setVersion(1).setModuleSha256("0a".repeat(32)))
          .setRequestId("r1")
          .build();

  private final RecordRules rules = new RecordRules(KEYS);

  private static List<ByteString> bad() {
    ByteString good = GOOD.toByteString();
    return List.of(
        ByteString.copyFrom(new byte[] {(byte) 0xff, 0x13, (byte) 0xfe}),
        good.substring(0, good.size() - 1),
        GOOD.getContract().toByteString(),
        ByteString.EMPTY,
        GOOD.toBuilder().setContract(GOOD.getContract().toBuilder().clearModuleSha256()).build().toByteString());
  }

  private Optional<String> fault(String swarm, ByteString value) {
    return rules.fault(new Entry(KEYS.contract(new SwarmId(swarm)), value, 1, 1, 0));
  }

  @Test
  void contract_isReadWhereItBelongs_andNothingElseIs() {
    assertThat(fault("census", GOOD.toByteString())).isEmpty();
    assertThat(fault("other", GOOD.toByteString())).isPresent();
    assertThat(bad()).allSatisfy(value -> assertThat(fault("census", value)).isPresent());
  }

  @Test
  void contractThatCannotBeRead_isLeftOut_andMoved() {
    try (MemoryStore memory = new MemoryStore();
        Replica replica =
            Replica.open("test", memory, List.of(Prefix.of(KEYS.contracts()), Prefix.of(KEYS.quarantine())), ReplicaSettings.defaults(), rules)) {
      put(memory, "census", GOOD.toByteString());
      for (int i = 0; i < bad().size(); i++) {
        put(memory, "bad-" + i, bad().get(i));
      }
      replica.ready().join();
      await().until(() -> replica.revision() >= memory.revision());
      assertThat(new ContractStore(replica, KEYS).all()).extracting(Contract::getSwarmId).containsExactly("census");
      Quarantine quarantine = new Quarantine(replica, KEYS, "chassis", rules.owned(), () -> true, Telemetry.none().metrics());
      assertThat(quarantine.runOnce(Instant.EPOCH)).isEqualTo(bad().size());
      assertThat(memory.entries(KEYS.contracts())).hasSize(1);
      assertThat(memory.entries(KEYS.quarantine())).hasSize(bad().size());
    }
  }

  private static void put(MemoryStore memory, String swarm, ByteString value) {
    String key = KEYS.contract(new SwarmId(swarm));
    Txn txn = new Txn(List.of(new Txn.Compare(key, 0)), List.of(new Txn.Write.Put(key, value, 0)));
    assertThat(memory.commit(List.of(txn)).join().getFirst()).isInstanceOf(Outcome.Committed.class);
  }
}
