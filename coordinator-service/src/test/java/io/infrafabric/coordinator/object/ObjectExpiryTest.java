package io.infrafabric.coordinator.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.infrafabric.chassis.v1.Contract;
import io.infrafabric.chassis.v1.ContractRecord;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.record.RecordRules;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.v1.Completed;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskRecord;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.kit.etcd.EtcdStore;
import io.infrafabric.kit.nats.NatsBus;
import io.infrafabric.kit.nats.NatsSettings;
import io.infrafabric.kit.nats.ObjectBucket;
import io.infrafabric.kit.nats.Objects;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.ReplicaSettings;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.local.NatsServer;
import io.infrafabric.names.Keys;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import io.infrafabric.testkit.Backends;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is taken away and what stays, over real etcd and NATS; the time that it takes is only told. */
class ObjectExpiryTest {
  private static final Duration A_DAY = ObjectSettings.defaults().retention();

  private final NatsServer nats = Backends.ownNats();
  private final NatsBus bus = NatsBus.start(NatsSettings.of(nats.address()), "expiry", Telemetry.none());
  private final EtcdStore store = Backends.etcdStore();
  private final Keys keys = Backends.freshKeys();
  private final Records records = new Records(keys);
  private final Replica replica = Replica.open("expiry", store, records.prefixes(), ReplicaSettings.defaults(), new RecordRules(keys));
  private volatile boolean elected = true;
  private final ObjectExpiry expiry = new ObjectExpiry(store, replica, records, bus, ObjectSettings.defaults(), () -> elected);
  private Objects objects;
  private ObjectBucket bucket;

  @BeforeEach
  void connect() throws Exception {
    assertThat(bus.awaitConnected(Duration.ofSeconds(20))).isTrue();
    replica.ready().join();
    objects = bus.objects(Subjects.OBJECTS_BUCKET);
    bucket = bus.bucket(Subjects.OBJECTS_BUCKET);
  }

  @AfterEach
  void close() {
    replica.close();
    store.close();
    bus.close();
    nats.close();
  }

  private ObjectRef put(String content) {
    return objects.put(content.repeat(10_000).getBytes(StandardCharsets.UTF_8));
  }

  private boolean isThere(ObjectRef ref) {
    return objects.exists(ref.getSha256());
  }

  private void write(String key, ByteString value) {
    commit(new Txn(List.of(new Txn.Compare(key, 0)), List.of(new Txn.Write.Put(key, value, 0))));
  }

  private void delete(String key) {
    long seen = store.list(List.of(key.substring(0, key.lastIndexOf('/') + 1))).join().entries().stream().filter(e -> e.key().equals(key)).findFirst().orElseThrow().modRevision();
    commit(new Txn(List.of(new Txn.Compare(key, seen)), List.of(new Txn.Write.Delete(key))));
  }

  private void commit(Txn txn) {
    assertThat(store.commit(List.of(txn)).join().getFirst()).isInstanceOf(Outcome.Committed.class);
    seen();
  }

  /** Waits until the copy of the tasks is as the store is. */
  private void seen() {
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> !replica.unreadable().isEmpty() || replica.scan(keys.tasks()).keySet().equals(store.list(List.of(keys.tasks())).join().entries().stream().map(e -> e.key()).collect(java.util.stream.Collectors.toSet())));
  }

  private void store(Task task) {
    write(keys.task(new TaskId(task.getSpec().getTaskId())), TaskRecord.newBuilder().setTask(task).setLast(LastChange.getDefaultInstance()).build().toByteString());
  }

  private int runAfter(Duration age) {
    return expiry.runOnce(Instant.now().plus(age));
  }

  @Test
  void unreadableRecords_stopNothing_andWhatTheyMayNameStays() {
    ObjectRef named = put("named");
    ObjectRef module = put("module");
    ObjectRef copied = put("copied");
    ObjectRef unused = put("unused");
    Task whole = Samples.ready(Samples.spec("cut").setPayloadObject(named).build());
    ByteString bytes = TaskRecord.newBuilder().setTask(whole).setSubmitRequestId("r1").build().toByteString();
    write(keys.task(new TaskId("cut")), bytes.substring(0, bytes.size() - 1));
    write(keys.task(new TaskId("junk")), ByteString.copyFromUtf8("junk"));
    write(keys.contract(new SwarmId("fox")), ByteString.copyFromUtf8("\u0001f" + module.getSha256() + "?"));
    write(keys.quarantined(keys.task(new TaskId("old")), 7), ByteString.copyFromUtf8("?" + copied.getSha256()));
    await().atMost(Duration.ofSeconds(20)).until(() -> replica.unreadable().size() == 2 && replica.scan(keys.quarantine()).size() == 1);
    assertThat(runAfter(A_DAY.plusMinutes(1))).isEqualTo(1);
    assertThat(isThere(named)).isTrue();
    assertThat(isThere(module)).isTrue();
    assertThat(isThere(copied)).isTrue();
    assertThat(isThere(unused)).isFalse();
  }

  @Test
  void objectThatNothingNames_goesWhenItIsOld_andNoOther() {
    TaskSpec.Builder spec = Samples.spec("waits");
    ObjectRef payload = put("payload");
    ObjectRef result = put("result");
    ObjectRef archived = put("archived");
    ObjectRef module = put("module");
    ObjectRef unused = put("unused");
    store(Samples.ready(spec.setPayloadObject(payload).build()));
    store(Samples.ready(Samples.spec("done").build()).toBuilder().setCompleted(Completed.newBuilder().setResultObject(result)).build());
    write(keys.objectUse(archived.getSha256(), new TaskId("gone")), ByteString.EMPTY);
    Contract contract = Contract.newBuilder().setSwarmId("fox").setModuleSha256(module.getSha256()).build();
    write(keys.contract(new SwarmId("fox")), ContractRecord.newBuilder().setContract(contract).build().toByteString());
    ObjectBucket.Upload crashed = bucket.upload();
    crashed.write(new byte[500_000], 0, 500_000);

    assertThat(runAfter(A_DAY.minusHours(1))).as("young").isZero();
    elected = false;
    assertThat(runAfter(A_DAY.plusHours(1))).as("another one does it").isZero();
    elected = true;
    assertThat(runAfter(A_DAY.plusHours(1))).isOne();
    assertThat(isThere(unused)).isFalse();
    assertThat(List.of(payload, result, archived, module)).allSatisfy(named -> assertThat(isThere(named)).isTrue());
    assertThat(new String(objects.get(result.getSha256()), StandardCharsets.UTF_8)).startsWith("resultresult");
    assertThat(bucket.dropUnfinished(Instant.now().plus(A_DAY))).as("the crashed upload is gone already").isZero();

    assertThat(runAfter(A_DAY.multipliedBy(30))).as("however old they are").isZero();
    delete(keys.task(new TaskId("waits")));
    delete(keys.task(new TaskId("done")));
    delete(keys.objectUse(archived.getSha256(), new TaskId("gone")));
    delete(keys.contract(new SwarmId("fox")));
    assertThat(runAfter(A_DAY.plusHours(1))).isEqualTo(4);
    assertThat(List.of(payload, result, archived, module)).noneSatisfy(named -> assertThat(isThere(named)).isTrue());
  }

  @Test
  void objectThatATaskBeginsToName_isYoungAgain() {
    ObjectRef payload = put("payload");
    Instant put = bucket.find(payload.getSha256()).orElseThrow().modified();
    NamedObjects soon = new NamedObjects(bus, ObjectSettings.defaults(), () -> put.plus(A_DAY.dividedBy(2)).minusSeconds(60));
    soon.exists(payload).join();
    assertThat(bucket.find(payload.getSha256()).orElseThrow().modified()).as("young enough").isEqualTo(put);
    NamedObjects late = new NamedObjects(bus, ObjectSettings.defaults(), () -> put.plus(A_DAY.dividedBy(2)).plusSeconds(60));
    late.exists(payload).join();
    assertThat(bucket.find(payload.getSha256()).orElseThrow().modified()).isAfter(put);
    late.exist(List.of(Samples.spec("t").setPayloadObject(payload).build())).join();
    assertThat(objects.get(payload.getSha256())).hasSize(70_000);
  }

  @Test
  void withoutNats_nothingGoes() {
    ObjectRef unused = put("unused");
    nats.stop();
    assertThat(runAfter(A_DAY.plusHours(1))).isZero();
    nats.start();
    await().atMost(Duration.ofSeconds(30)).ignoreExceptions().until(() -> isThere(unused));
    await().atMost(Duration.ofSeconds(30)).until(() -> runAfter(A_DAY.plusHours(1)) == 1);
  }
}
