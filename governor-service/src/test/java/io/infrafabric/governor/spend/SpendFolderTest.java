package io.infrafabric.governor.spend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.governor.v1.SpendCell;
import io.infrafabric.governor.v1.SpendRecord;
import io.infrafabric.kit.store.Prefix;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.ReplicaSettings;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Days leave one by one, and nothing of them is lost or counted twice. */
class SpendFolderTest {
  private static final Keys KEYS = new Keys();
  private static final SwarmId FOX = new SwarmId("fox");
  private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

  private final MemoryStore store = new MemoryStore();
  private final Replica replica = open();
  private final SpendFolder folder = new SpendFolder(replica, KEYS, 3, () -> NOW);

  private Replica open() {
    Replica opened = Replica.open("test", store, List.of(Prefix.of(KEYS.spend())), ReplicaSettings.defaults());
    opened.ready().join();
    return opened;
  }

  @AfterEach
  void stop() {
    replica.close();
  }

  private void day(String slot, long cost) {
    SpendCell cell = SpendCell.newBuilder().setAccountId("fox").setEnd(ClaimEnd.CLAIM_END_COMPLETED).setClaims(1).setCostMicros(cost).build();
    SpendRecord record = SpendRecord.newBuilder().setSlot(slot).setSwarmId("fox").addCells(cell).build();
    store.commit(List.of(Txn.builder().put(key -> Optional.empty(), KEYS.spend(FOX, slot), record.toByteString()).build())).join();
  }

  private List<String> slots() {
    return replica.scan(KEYS.spend()).keySet().stream().map(Keys::idOf).toList();
  }

  private long spent() {
    return replica.scan(KEYS.spend()).values().stream()
        .map(SpendCodec::record)
        .flatMap(record -> record.getCellsList().stream())
        .mapToLong(SpendCell::getCostMicros)
        .sum();
  }

  @Test
  void olderDays_becomeOneSum_andTheNewestStay() {
    day("20261126", 1);
    day("20261127", 10);
    day("20261128", 100);
    day("20261130", 1_000);
    await().until(() -> slots().size() == 4);
    assertThat(folder.runOnce()).isEqualTo(2);
    await().untilAsserted(() -> assertThat(slots()).containsExactly("20261128", "20261130", "before"));
    assertThat(spent()).isEqualTo(1_111);
    assertThat(folder.runOnce()).isZero();
  }

  @Test
  void twoWhoFoldTheSameDay_addItOnce() {
    day("20261126", 7);
    await().until(() -> slots().size() == 1);
    try (Replica second = open()) {
      SpendFolder other = new SpendFolder(second, KEYS, 3, () -> NOW);
      var one = folder.fold(FOX, "20261126");
      var another = other.fold(FOX, "20261126");
      assertThat(List.of(one.join(), another.join())).containsExactlyInAnyOrder(true, false);
    }
    await().untilAsserted(() -> assertThat(slots()).containsExactly("before"));
    assertThat(spent()).isEqualTo(7);
  }
}
