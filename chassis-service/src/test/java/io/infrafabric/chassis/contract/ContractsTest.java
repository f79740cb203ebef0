package io.infrafabric.chassis.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.infrafabric.chassis.sandbox.EndiveEngine;
import io.infrafabric.chassis.v1.Contract;
import io.infrafabric.chassis.v1.LoadSwarmRequest;
import io.infrafabric.chassis.v1.UnloadSwarmRequest;
import io.infrafabric.chassis.work.MemoryShelf;
import io.infrafabric.error.RefusedException;
import io.infrafabric.kit.nats.Objects;
import io.infrafabric.kit.store.Prefix;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.ReplicaSettings;
import io.infrafabric.names.Keys;
import io.infrafabric.testkit.store.Faults;
import io.infrafabric.testkit.store.FaultyStore;
import io.infrafabric.testkit.store.MemoryStore;
import java.io.InputStream;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ContractsTest {
  private static final Contract CONTRACT =
      Contract.newBuilder().setSwarmId("census").setVersion(1).addCapabilities("code:census").build();

  private final MemoryStore memory = new MemoryStore();
  private final FaultyStore store = new FaultyStore(memory, 7);
  private final Keys keys = new Keys();
  private final MemoryShelf objects = new MemoryShelf();
  private final Replica replica =
      Replica.open("test", store, List.of(Prefix.of(keys.contracts())), ReplicaSettings.defaults());
  private List<String> registered = List.of("code:census");
  private final Contracts contracts =
      new Contracts(
          new ContractStore(replica, keys),
          objects,
          new EndiveEngine(1),
          swarm -> registered,
          swarm -> new Workload.Counts(1, 2, 3),
          InstantSource.system());
  private byte[] module;

  @BeforeEach
  void readModule() throws Exception {
    try (InputStream in = ContractsTest.class.getResourceAsStream("/modules/census.wasm")) {
      module = in.readAllBytes();
    }
    replica.ready().join();
  }

  @AfterEach
  void close() {
    replica.close();
    memory.close();
  }

  @Test
  void load_writesModuleAndContract() {
    Contract loaded = contracts.load(request("r1", CONTRACT));
    assertThat(loaded.getModuleSha256()).isEqualTo(Objects.sha256(module));
    assertThat(objects.get(loaded.getModuleSha256())).isEqualTo(module);
    assertThat(contracts.list().getSwarmsList())
        .singleElement()
        .satisfies(
            swarm -> {
              assertThat(swarm.getContract()).isEqualTo(loaded);
              assertThat(swarm.getRunning()).isEqualTo(1);
              assertThat(swarm.getSucceeded()).isEqualTo(2);
              assertThat(swarm.getFailed()).isEqualTo(3);
            });
  }

  @Test
  void load_isDoneOncePerRequest() {
    Contract first = contracts.load(request("r1", CONTRACT));
    long revision = memory.revision();
    assertThat(contracts.load(request("r1", CONTRACT))).isEqualTo(first);
    assertThat(memory.revision()).isEqualTo(revision);
  }

  @Test
  void load_takesAModuleThatIsInTheObjectStore() {
    String sha256 = objects.put(module).getSha256();
    LoadSwarmRequest named = request("r1", CONTRACT.toBuilder().setModuleSha256(sha256).build()).toBuilder().clearModule().build();
    assertThat(contracts.load(named).getModuleSha256()).isEqualTo(sha256);
    LoadSwarmRequest missing = request("r2", CONTRACT.toBuilder().setModuleSha256("00".repeat(32)).build()).toBuilder().clearModule().build();
    assertRefused(missing, "OBJECT_NOT_FOUND");
    assertRefused(request("r3", CONTRACT).toBuilder().clearModule().build(), "INVALID_ARGUMENT");
  }

  @Test
  void load_writesNothingThatIsNotWell() {
    assertRefused(request("r1", CONTRACT).toBuilder().setModule(ByteString.copyFromUtf8("no module")).build(), "MODULE_REJECTED");
    assertRefused(request("r2", CONTRACT.toBuilder().setModuleSha256("00".repeat(32)).build()), "INVALID_ARGUMENT");
    assertRefused(request("", CONTRACT), "INVALID_ARGUMENT");
    registered = List.of("code:review");
    assertRefused(request("r3", CONTRACT), "CAPABILITY_MISSING");
    assertThat(memory.entries(keys.contracts())).isEmpty();
  }

  @Test
  void load_comesThroughFaultsOfTheStore() {
    contracts.load(request("warm", CONTRACT));
    store.set(Faults.MIXED);
    for (int version = 2; version < 12; version++) {
      LoadSwarmRequest request = request("r" + version, CONTRACT.toBuilder().setVersion(version).build());
      Contract loaded = null;
      while (loaded == null) {
        try {
          loaded = contracts.load(request);
        } catch (RefusedException refused) {
          assertThat(refused.refusal().reason()).isIn("OUTCOME_UNKNOWN", "UNAVAILABLE");
        }
      }
      assertThat(loaded.getVersion()).isEqualTo(version);
    }
    store.set(Faults.NONE);
  }

  @Test
  void unload_deletesTheContract() {
    contracts.load(request("r1", CONTRACT));
    contracts.unload(UnloadSwarmRequest.newBuilder().setRequestId("u1").setSwarmId("census").build());
    assertThat(contracts.list().getSwarmsList()).isEmpty();
    assertThatThrownBy(() -> contracts.unload(UnloadSwarmRequest.newBuilder().setRequestId("u2").setSwarmId("census").build()))
        .hasMessageContaining("CONTRACT_NOT_FOUND");
  }

  private LoadSwarmRequest request(String id, Contract contract) {
    return LoadSwarmRequest.newBuilder().setRequestId(id).setContract(contract).setModule(ByteString.copyFrom(module)).build();
  }

  private void assertRefused(LoadSwarmRequest request, String reason) {
    assertThatThrownBy(() -> contracts.load(request)).isInstanceOf(RefusedException.class).hasMessageStartingWith(reason);
  }
}
