package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.local.EtcdServer;
import io.infrafabric.local.ServerProcess;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A cluster of three etcd members loses one of them under load: the work goes on on the others. */
class EtcdMemberLossTest {
  private static final Duration BACK = Duration.ofSeconds(60);
  private static final Duration DONE = Duration.ofSeconds(120);
  private static final Duration PAUSE = Duration.ofSeconds(5);

  private static RunningFabric running;
  private static List<EtcdServer> members;
  private static List<Long> services;

  @BeforeAll
  static void start() throws IOException {
    running = RunningFabric.startThreeEtcdMembers();
    members = running.fabric().etcdMembers();
    services = services();
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  @AfterEach
  void allBack() {
    for (EtcdServer member : members) {
      if (!member.alive()) {
        member.start();
      }
      member.resume();
    }
  }

  @Test
  void killedLeader_workGoesOnWithoutIt() throws Exception {
    try (Load load = Load.start(running, 6)) {
      load.awaitProgress(50, BACK);
      EtcdServer leader = EtcdLeader.of(members);
      leader.kill();
      load.awaitProgress(100, BACK);
      assertThat(EtcdLeader.of(members)).as("who leads instead").isNotSameAs(leader);
      leader.start();
      load.awaitProgress(50, BACK);
      judge(load);
    }
  }

  @Test
  void pausedLeader_workGoesOnWithoutIt_andWhatItHeldBackHarmsNobody() throws Exception {
    try (Load load = Load.start(running, 6)) {
      load.awaitProgress(50, BACK);
      EtcdServer leader = EtcdLeader.of(members);
      leader.pause();
      Instant paused = Instant.now();
      load.awaitProgress(50, BACK);
      await("the rest of the pause").atMost(PAUSE.plusSeconds(60)).until(() -> Instant.now().isAfter(paused.plus(PAUSE)));
      assertThat(EtcdLeader.of(members)).as("who leads instead").isNotSameAs(leader);
      leader.resume();
      load.awaitProgress(50, BACK);
      judge(load);
    }
  }

  @Test
  void membersRestartedInTurn_areNotMissed() throws Exception {
    try (Load load = Load.start(running, 6)) {
      load.awaitProgress(50, BACK);
      for (EtcdServer member : members) {
        member.restart();
        load.awaitProgress(30, BACK);
      }
      judge(load);
    }
  }

  private static void judge(Load load) throws Exception {
    load.finish(DONE);
    Judgement.of(running, load);
    List<LoadLog.Trouble> troubles = load.log().troubles();
    assertThat(troubles)
        .as("a call that hung would end with DEADLINE_EXCEEDED")
        .allSatisfy(
            trouble ->
                assertThat(trouble.code())
                    .as("OVERLOADED: etcd answers again, and others were first")
                    .isIn(ErrorCode.ERROR_CODE_UNAVAILABLE, ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN, ErrorCode.ERROR_CODE_OVERLOADED));
    assertThat(services()).as("the services, none of which was started again").isEqualTo(services);
  }

  private static List<Long> services() {
    return Stream.concat(running.fabric().coordinators().stream(), Stream.of(running.fabric().governor())).map(ServerProcess::pid).toList();
  }
}
