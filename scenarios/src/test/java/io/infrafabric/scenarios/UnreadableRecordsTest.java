package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.GetTaskRequest;
import io.infrafabric.coordinator.v1.ListBlockersRequest;
import io.infrafabric.coordinator.v1.ListSessionsRequest;
import io.infrafabric.coordinator.v1.ListTasksRequest;
import io.infrafabric.coordinator.v1.ListTasksResponse;
import io.infrafabric.coordinator.v1.QuarantineStatus;
import io.infrafabric.coordinator.v1.RequeueTaskRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.etcd.EtcdSettings;
import io.infrafabric.kit.etcd.EtcdStore;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.local.ServerProcess;
import io.infrafabric.names.BlockerId;
import io.infrafabric.names.Keys;
import io.infrafabric.names.PlanId;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import io.nats.client.Connection;
import io.nats.client.Nats;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Values that no service can read are planted in etcd while swarms work: they stop nobody else, and everybody is told of them (T5). */
class UnreadableRecordsTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final Keys KEYS = new Keys();
  private static final long GRANT_MICROS = 1_000_000;

  private static Map<String, ByteString> bad() {
    ByteString standing = Standing.newBuilder().setSwarmId("hurt").addCapabilities("a:b").setModel("haiku").build().toByteString();
    Map<String, ByteString> bad = new LinkedHashMap<>();
    bad.put("garbage", ByteString.copyFrom(new byte[] {(byte) 0xff, 0x13, (byte) 0xfe, 0x00, 0x7b}));
    bad.put("truncated", standing.substring(0, standing.size() - 1));
    bad.put("foreign", Account.newBuilder().setAccountId("hurt").setGrantedMicros(7).build().toByteString());
    bad.put("empty", ByteString.EMPTY);
    return bad;
  }

  private static Optional<Entry> entry(EtcdStore etcd, String key) {
    String folder = key.substring(0, key.lastIndexOf('/') + 1);
    return etcd.list(List.of(folder)).join().entries().stream().filter(entry -> entry.key().equals(key)).findFirst();
  }

  private static void plant(EtcdStore etcd, String key, ByteString value) {
    await()
        .atMost(SOON)
        .until(
            () -> {
              long seen = entry(etcd, key).map(Entry::modRevision).orElse(0L);
              Txn txn = new Txn(List.of(new Txn.Compare(key, seen)), List.of(new Txn.Write.Put(key, value, 0)));
              return etcd.commit(List.of(txn)).join().getFirst() instanceof Outcome.Committed;
            });
  }

  private static void refused(FabricClient client, String swarm, String session, String task) {
    ClaimTaskRequest claim =
        ClaimTaskRequest.newBuilder().setRequestId(FabricClient.request()).setTaskId(task).setSwarmId(swarm).setSessionId(session).build();
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(Refused.by(() -> client.claims().claimTask(claim)).code()).as(swarm).isEqualTo(ErrorCode.ERROR_CODE_RECORD_UNREADABLE));
  }

  /** Every question that looks at all records is answered. */
  private static void allIsListed(FabricClient client, Set<String> planted) {
    ListTasksRequest.Builder request = ListTasksRequest.newBuilder().setPageSize(500);
    int listed = 0;
    do {
      ListTasksResponse page = client.tasks().listTasks(request.build());
      listed += page.getTasksCount();
      assertThat(page.getTasksList()).noneMatch(task -> planted.contains(KEYS.task(new TaskId(task.getSpec().getTaskId()))));
      request.setPageToken(page.getNextPageToken());
    } while (!request.getPageToken().isEmpty());
    assertThat(listed).isPositive();
    client.sessions().listSessions(ListSessionsRequest.getDefaultInstance());
    client.claims().listBlockers(ListBlockersRequest.getDefaultInstance());
    client
        .tasks()
        .requeueTask(RequeueTaskRequest.newBuilder().setRequestId(FabricClient.request()).setAll(true).setPrincipal("ada").build());
  }

  @Test
  void fourKindsOfBadValues_amongAllRecords_stopNobodyElse(@TempDir Path folder) throws Exception {
    try (RunningFabric running = RunningFabric.start("IF_ARCHIVE_RETENTION", "2s");
        EtcdStore etcd = new EtcdStore(EtcdSettings.of(List.of(running.fabric().etcd().address())));
        Connection nats = Nats.connect(running.fabric().nats().address());
        Load load = Load.start(running, 4)) {
      FabricClient client = running.client();
      AtomicInteger facts = new AtomicInteger();
      nats.createDispatcher(message -> facts.incrementAndGet()).subscribe(Subjects.eventsOf("task", "completed"));
      client.submit(TaskSpec.newBuilder().setTaskId("wanted").addRequiredCapabilities("hurt:work").setMaxCostMicros(10).build());
      Map<String, String> victims = new LinkedHashMap<>();
      for (String what : bad().keySet()) {
        for (String swarm : List.of("hurt-" + what, "owed-" + what)) {
          client.register(swarm, GRANT_MICROS, 3, "hurt:work");
          victims.put(swarm, client.open(swarm, Duration.ofMinutes(5)));
        }
        client.register("poor-" + what, GRANT_MICROS, 3, "hurt:work");
      }
      load.awaitProgress(20, SOON);

      Set<String> planted = new HashSet<>();
      bad()
          .forEach(
              (what, value) -> {
                String task = KEYS.task(new TaskId("bad-" + what));
                planted.add(task);
                plant(etcd, task, value);
                plant(etcd, KEYS.plan(new PlanId("bad-" + what)), value);
                plant(etcd, KEYS.shares(new PlanId("bad-" + what)), value);
                plant(etcd, KEYS.note(new SwarmId("bad-" + what)), value);
                plant(etcd, KEYS.session(new SwarmId("bad-" + what)), value);
                plant(etcd, KEYS.blocker(new BlockerId("bad-" + what)), value);
                plant(etcd, KEYS.contract(new SwarmId("bad-" + what)), value);
                plant(etcd, KEYS.standing(new SwarmId("hurt-" + what)), value);
                plant(etcd, KEYS.commitments(new SwarmId("owed-" + what)), value);
                plant(etcd, KEYS.account(new SwarmId("poor-" + what)), value);
                allIsListed(client, planted);
              });
      load.awaitProgress(30, SOON);
      await("what may go is moved, and what must not is kept")
          .atMost(SOON)
          .untilAsserted(
              () -> {
                QuarantineStatus told = client.status().getQuarantine();
                assertThat(told.getMoved()).as("tasks, plans, shares, sessions, notes, blockers, contracts").isEqualTo(7L * bad().size());
                assertThat(told.getKept()).as("standings, commitments, accounts").isEqualTo(3L * bad().size());
              });
      victims.forEach((swarm, session) -> refused(client, swarm, session, "wanted"));
      assertThat(Refused.by(() -> client.account("poor-garbage")).code()).isEqualTo(ErrorCode.ERROR_CODE_RECORD_UNREADABLE);
      assertThat(Refused.by(() -> client.tasks().getTask(GetTaskRequest.newBuilder().setTaskId("bad-empty").build())).code())
          .isEqualTo(ErrorCode.ERROR_CODE_TASK_NOT_FOUND);

      ServerProcess coordinator = running.fabric().coordinators().getFirst();
      coordinator.kill();
      bad()
          .forEach(
              (what, value) -> {
                String task = KEYS.task(new TaskId("later-" + what));
                planted.add(task);
                plant(etcd, task, value);
              });
      coordinator.start();
      int told = facts.get();
      load.awaitProgress(30, SOON);
      long archived = client.status().getArchived();
      allIsListed(client, planted);
      await("the restarted one sets aside what it found").atMost(SOON).until(() -> client.status().getQuarantine().getMoved() == 8L * bad().size());
      await("facts are published").atMost(SOON).until(() -> facts.get() >= told + 30);
      await("ended tasks are archived").atMost(SOON).until(() -> client.status().getArchived() > archived);

      client.register("healthy", GRANT_MICROS, 3, "hurt:work");
      client.complete(client.claim("wanted", "healthy", client.open("healthy", Duration.ofMinutes(1))), "done", 10);
      Path nothing = Files.writeString(folder.resolve("nothing"), "");
      await("a cold ifctl on a busy machine may be too late for its 2 s")
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThat(new Ifctl(running).call(nothing, "status", "-o", "json").out())
                      .contains("\"quarantineMoved\":32")
                      .contains("\"quarantineKept\":12")
                      .contains("SERVING"));
      Ifctl.Result listed = new Ifctl(running).call(nothing, "quarantine", "list");
      assertThat(listed.exitCode()).as(listed.talk()).isZero();
      assertThat(listed.out()).contains(KEYS.commitments(new SwarmId("owed-empty"))).contains("KEPT").contains(KEYS.contract(new SwarmId("bad-foreign")));

      plant(etcd, KEYS.commitments(new SwarmId("owed-empty")), CommitmentsRecord.newBuilder().setSwarmId("owed-empty").build().toByteString());
      client.submit(TaskSpec.newBuilder().setTaskId("wanted-too").addRequiredCapabilities("hurt:work").setMaxCostMicros(10).build());
      client.complete(client.claim("wanted-too", "owed-empty", victims.get("owed-empty")), "repaired", 10);
      load.finish(SOON);
      Judgement.of(running, load, planted);
    }
  }
}
