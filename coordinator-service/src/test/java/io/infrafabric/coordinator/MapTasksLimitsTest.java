package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.KEYS;
import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.SubmitPlanRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Upkeep;
import io.infrafabric.names.PlanId;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What a mapping may take of the coordinator and of the store. */
class MapTasksLimitsTest {
  private static final int A_MESSAGE = 100;
  private static final Duration SOON = Duration.ofSeconds(20);

  private final MemoryStore memory = new MemoryStore();

  /** Counts the messages of MapTasks that the service has taken. */
  private static ServerInterceptor counting(AtomicInteger taken) {
    return new ServerInterceptor() {
      @Override
      public <Q, A> ServerCall.Listener<Q> interceptCall(ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        boolean mapping = call.getMethodDescriptor().getFullMethodName().endsWith("/MapTasks");
        return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
          @Override
          public void onMessage(Q message) {
            if (mapping) {
              taken.incrementAndGet();
            }
            super.onMessage(message);
          }
        };
      }
    };
  }

  private int stored() {
    return memory.entries(KEYS.tasks()).size();
  }

  /** However long the stream is: 256 children under way, the rest of one message, and one more that was asked for. */
  @Test
  void streamThatTheStoreDoesNotKeepUpWith_isNotRead() {
    StalledStore store = new StalledStore(memory);
    AtomicInteger taken = new AtomicInteger();
    try (CoordinatorFixture fabric = new CoordinatorFixture(memory, (Store) store, CoordinatorFixture.PATIENT, counting(taken))) {
      MapSending sending = new MapSending(fabric, "p1").payloads(0, A_MESSAGE);
      Awaitility.await().atMost(SOON).until(() -> stored() == A_MESSAGE);
      assertThat(taken).hasValue(2);
      store.stall();
      int messages = 30;
      for (int i = 1; i < messages; i++) {
        sending.payloads(i * A_MESSAGE, (i + 1) * A_MESSAGE);
      }
      Awaitility.await().atMost(SOON).until(() -> taken.get() == 2 + 3);
      Awaitility.await().during(Duration.ofMillis(300)).atMost(SOON).until(() -> taken.get() <= 2 + 3);
      assertThat(stored()).isEqualTo(A_MESSAGE);
      store.goOn();
      assertThat(sending.end().join().getChildren()).isEqualTo(messages * A_MESSAGE);
      assertThat(taken).hasValue(1 + messages);
      assertThat(stored()).isEqualTo(messages * A_MESSAGE);
    }
  }

  @Test
  void fullStore_takesNoPlans_andOfAMappingNothingMore_untilThereIsRoom() {
    AtomicInteger used = new AtomicInteger();
    Upkeep upkeep =
        new Upkeep() {
          @Override
          public CompletableFuture<Space> space() {
            return CompletableFuture.completedFuture(new Space(700_000, used.get(), false, 1));
          }

          @Override
          public CompletableFuture<Void> compact(long revision) {
            return CompletableFuture.completedFuture(null);
          }

          @Override
          public CompletableFuture<Void> defragment() {
            return CompletableFuture.completedFuture(null);
          }
        };
    try (CoordinatorFixture fabric = new CoordinatorFixture(memory, memory, upkeep)) {
      Plan plan = Plan.newBuilder().setPlanId("p1").addPhases(Phase.newBuilder().setName("a").addTasks(TaskSpec.newBuilder().setTaskId("a1"))).build();
      SubmitPlanRequest submit = SubmitPlanRequest.newBuilder().setRequestId("plan").setPlan(plan).build();
      MapSending half = new MapSending(fabric, "half").payloads(0, 2);
      Awaitility.await().atMost(SOON).until(() -> stored() == 2);

      used.set(700_000);
      fabric.room.runOnce(fabric.now());
      assertRefused(ErrorCode.ERROR_CODE_STORE_FULL, () -> fabric.plans.submitPlan(submit));
      assertThat(new MapSending(fabric, "whole").refused().code()).isEqualTo(ErrorCode.ERROR_CODE_STORE_FULL);
      half.payloads(2, 3).requests.onCompleted();
      assertThat(half.refused().code()).as("a part of it is stored").isEqualTo(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN);
      assertThat(memory.entries(KEYS.plans())).extracting(Entry::key).containsExactly(KEYS.plan(new PlanId("half")));
      assertThat(stored()).isEqualTo(2);

      used.set(0);
      fabric.room.runOnce(fabric.now());
      assertThat(new MapSending(fabric, "half").payloads(0, 3).end().join().getChildren()).isEqualTo(3);
      assertThat(fabric.plans.submitPlan(submit).getCreated()).isTrue();
      assertThat(stored()).isEqualTo(4);
    }
  }
}
