package io.infrafabric.coordinator.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Push;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Which offers say how quick pushes are. */
class DispatcherTimingTest extends DispatcherCalls {
  private void heardAt(long nano, String task) {
    nanos.set(nano);
    task(task);
  }

  private void passAt(long nano) {
    nanos.set(nano);
    pass();
  }

  @Test
  void firstOffer_isTimedFromWhenTheTaskWasHeardOf_andNoFurtherOne() {
    swarms("s1", "s2");
    ranks("s1", "s2");
    heardAt(150, "t1");
    passAt(180);
    assertThat(timings).containsExactly(new PushTiming.From(150));
    now = now.plus(FURTHER);
    passAt(190);
    assertThat(rung).containsExactly("t1->s2");
    assertThat(timings).containsExactly(new PushTiming.Again());
    now = now.plus(TIMEOUT);
    passAt(200);
    assertThat(timings).as("begun again with the best").containsExactly(new PushTiming.Again());
  }

  @Test
  void taskThatWaitsForASwarm_isNotTimed_andOneThatComesWhenThereIsRoomIs() {
    swarms("s1", "s2");
    ranks();
    heardAt(150, "t1");
    passAt(160);
    assertThat(timings).isEmpty();
    ranks("s1", "s2");
    now = now.plus(TIMEOUT);
    heardAt(170, "t2");
    passAt(180);
    assertThat(rung).extracting(ring -> ring.substring(0, 2)).containsExactly("t1", "t2");
    assertThat(timings).containsExactly(new PushTiming.Waited(), new PushTiming.From(170));
  }

  @Test
  void whileTheGovernorIsBeingAsked_theTimeOfATaskRunsOn() {
    swarms("s1");
    CompletableFuture<List<SwarmId>> ranking = new CompletableFuture<>();
    governor = r -> ranking;
    heardAt(150, "t1");
    passAt(160);
    assertThat(timings).isEmpty();
    ranking.complete(List.of(new SwarmId("s1")));
    passAt(170);
    assertThat(timings).containsExactly(new PushTiming.From(150));
  }

  @Test
  void whatWasReadyBeforeTheElection_isNotTimed() {
    swarms("s1");
    ranks("s1");
    heardAt(150, "t1");
    nanos.set(151);
    dispatcher.elected();
    passAt(160);
    assertThat(timings).containsExactly(new PushTiming.Unheard());
  }

  @Test
  void offerByHand_isTimedFromItsOwnCommit_whoeverHasRoom() {
    swarms("s1", "s2");
    ranks();
    heardAt(150, "t1");
    passAt(160);
    nanos.set(170);
    Task task = Samples.ready(Samples.spec("t1", "a:b").build());
    Push push = Push.newBuilder().setSwarmId("s2").setUntil(Times.toProto(now.plus(TIMEOUT))).build();
    put(KEYS.task(new TaskId("t1")), StoredTask.bytes(task.toBuilder().setPush(push).build(), LastChange.getDefaultInstance(), "r"));
    passAt(180);
    assertThat(rung).containsExactly("t1->s2");
    assertThat(timings).containsExactly(new PushTiming.From(170));
  }
}
