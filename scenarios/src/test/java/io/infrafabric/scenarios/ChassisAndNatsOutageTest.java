package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.coordinator.v1.Attempt;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.local.ServerProcess;
import io.infrafabric.testkit.Stalls;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * etcd and NATS are stopped for 10 s each while the chassis works, and while swarms work that have NATS request/reply alone; and
 * the chassis is killed in the middle of its tasks.
 */
class ChassisAndNatsOutageTest {
  private static final Duration OUTAGE = Duration.ofSeconds(10);
  private static final Duration BACK = Duration.ofSeconds(60);
  private static final Duration DONE = Duration.ofSeconds(120);

  private static final int KILLS_AT_MOST = 5;

  private static RunningFabric running;

  @BeforeAll
  static void start() throws IOException {
    running = RunningFabric.start();
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  @AfterEach
  void allBack() {
    running.fabric().processes().stream().filter(process -> !process.alive()).forEach(ServerProcess::start);
  }

  @Test
  void etcdOutage_callsOverNatsFailFast_andTheChassisGoesOn() throws Exception {
    List<Long> processes = services();
    try (Stalls stalls = Stalls.watching();
        ChassisLoad chassis = ChassisLoad.start(running);
        Load swarms = Load.startOverNats(running, 4)) {
      chassis.awaitProgress(10, BACK);
      swarms.awaitProgress(30, BACK);

      running.fabric().etcd().stop();
      Instant down = Instant.now();
      AtomicInteger noted = new AtomicInteger(-1); // what was answered before may be noted a moment later
      await().during(OUTAGE).atMost(OUTAGE.plusSeconds(60)).until(swarms.log()::completions, now -> noted.getAndSet(now) == now);
      List<LoadLog.Trouble> troubles = swarms.log().troublesSince(down);
      running.fabric().etcd().start();

      judge(chassis, swarms);
      assertThat(services()).as("the services, none of which was started again").isEqualTo(processes);
      assertThat(troubles).as("calls of 4 swarms and 2 submitters in %s", OUTAGE).hasSizeGreaterThan(5);
      FailFast.judge(troubles, stalls);
    }
  }

  @Test
  void natsOutage_callsOverNatsAreSentAgain_andTheChassisFindsWorkWithoutOffers() throws Exception {
    List<Long> processes = services();
    try (ChassisLoad chassis = ChassisLoad.start(running);
        Load swarms = Load.startOverNats(running, 4)) {
      chassis.awaitProgress(10, BACK);
      swarms.awaitProgress(30, BACK);

      running.fabric().nats().stop();
      Instant down = Instant.now();
      int before = swarms.log().completions();
      chassis.awaitProgress(10, BACK);
      await("the rest of the outage").atMost(OUTAGE.plusSeconds(60)).until(() -> Instant.now().isAfter(down.plus(OUTAGE)));
      assertThat(swarms.log().completions()).as("completions over NATS while there is none").isEqualTo(before);
      running.fabric().nats().start();

      judge(chassis, swarms);
      assertThat(services()).as("the services, none of which was started again").isEqualTo(processes);
      assertThat(swarms.log().troublesSince(down)).as("requests that nobody answered").isNotEmpty();
    }
  }

  @Test
  void killedChassis_takesUpItsTasksAgain_andDoesNoneTwice() throws Exception {
    try (ChassisLoad chassis = ChassisLoad.start(running)) {
      chassis.awaitProgress(10, BACK);
      List<String> held = killInTheMiddle(chassis);
      chassis.awaitProgress(20, BACK);
      chassis.finish(DONE);
      chassis.judge();
      assertThat(held)
          .allSatisfy(
              task ->
                  assertThat(running.client().task(task).getAttemptsList())
                      .as("attempts at %s, held by the one that was killed", task)
                      .extracting(Attempt::getEnd)
                      .startsWith(ClaimEnd.CLAIM_END_LOST)
                      .endsWith(ClaimEnd.CLAIM_END_COMPLETED));
    }
  }

  /** Kills the chassis, again if it had no claim when it died, and starts it again; answers the tasks that it held. */
  private static List<String> killInTheMiddle(ChassisLoad load) throws InterruptedException {
    for (int kills = 0; kills < KILLS_AT_MOST; kills++) {
      load.burst(30);
      load.awaitProgress(5, BACK);
      running.fabric().chassis().kill();
      load.burst(1); // is answered after the last word of the one that was killed
      List<String> held = load.held();
      running.fabric().chassis().start();
      if (!held.isEmpty()) {
        return held;
      }
    }
    throw new AssertionError("it was never killed at work");
  }

  private static void judge(ChassisLoad chassis, Load swarms) throws Exception {
    chassis.awaitProgress(10, BACK);
    swarms.awaitProgress(30, BACK);
    chassis.finish(DONE);
    swarms.finish(DONE);
    chassis.judge();
    Judgement.of(running, swarms);
  }

  private static List<Long> services() {
    return running.fabric().processes().stream()
        .filter(process -> process != running.fabric().etcd() && process != running.fabric().nats())
        .map(ServerProcess::pid)
        .toList();
  }
}
