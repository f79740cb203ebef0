package io.infrafabric.scenarios.planted;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.ClaimTaskResponse;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.names.TaskId;
import io.infrafabric.testkit.store.MemoryStore;
import java.util.Optional;

/** Bugs in how a request is taken or answered, before and after the decision. */
enum DoorBug implements Bug {
  /** A completion counts for whoever holds the task, whatever its fence. */
  NO_FENCE_ON_COMPLETE {
    @Override
    <Q, R> ClientCall<Q, R> call(MemoryStore memory, ClientCall<Q, R> call, MethodDescriptor<Q, R> method) {
      return new SimpleForwardingClientCall<>(call) {
        @Override
        @SuppressWarnings("unchecked")
        public void sendMessage(Q message) {
          super.sendMessage(message instanceof CompleteTaskRequest request ? (Q) current(memory, request) : message);
        }
      };
    }
  },
  /** ALREADY_CLAIMED is taken for the answer to a retry: the caller is given the claim that is there. */
  ALREADY_CLAIMED_IS_SUCCESS {
    @Override
    <Q, R> ClientCall<Q, R> call(MemoryStore memory, ClientCall<Q, R> call, MethodDescriptor<Q, R> method) {
      if (!method.getFullMethodName().equals(ClaimServiceGrpc.getClaimTaskMethod().getFullMethodName())) {
        return call;
      }
      return new SimpleForwardingClientCall<>(call) {
        private Optional<Claim> there = Optional.empty();

        @Override
        public void sendMessage(Q message) {
          there = holder(memory, ((ClaimTaskRequest) message).getTaskId()).map(held -> claim(held, (ClaimTaskRequest) message));
          super.sendMessage(message);
        }

        @Override
        public void start(Listener<R> listener, Metadata headers) {
          super.start(
              new SimpleForwardingClientCallListener<>(listener) {
                @Override
                @SuppressWarnings("unchecked")
                public void onClose(Status status, Metadata trailers) {
                  if (status.getCode() == Status.Code.ABORTED && there.isPresent()) {
                    onMessage((R) ClaimTaskResponse.newBuilder().setClaim(there.get()).build());
                    super.onClose(Status.OK, new Metadata());
                  } else {
                    super.onClose(status, trailers);
                  }
                }
              },
              headers);
        }
      };
    }
  };

  abstract <Q, R> ClientCall<Q, R> call(MemoryStore memory, ClientCall<Q, R> call, MethodDescriptor<Q, R> method);

  @Override
  public Optional<ClientInterceptor> door(MemoryStore memory) {
    DoorBug bug = this;
    return Optional.of(
        new ClientInterceptor() {
          @Override
          public <Q, R> ClientCall<Q, R> interceptCall(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
            return bug.call(memory, next.newCall(method, options), method);
          }
        });
  }

  private static CompleteTaskRequest current(MemoryStore memory, CompleteTaskRequest request) {
    return holder(memory, request.getTaskId())
        .map(held -> request.toBuilder().setFence(held.getFence()).setSwarmId(held.getSwarmId()).build())
        .orElse(request);
  }

  /** The live claim of a task, with its fence. */
  private static Optional<Claimed> holder(MemoryStore memory, String task) {
    Optional<Entry> entry = Txns.entry(memory, Txns.KEYS.task(new TaskId(task)));
    return entry
        .map(found -> Txns.task(found.value()).getTask())
        .filter(found -> found.hasClaimed())
        .map(found -> found.getClaimed().getFence() == 0 ? found.getClaimed().toBuilder().setFence(entry.get().modRevision()).build() : found.getClaimed());
  }

  private static Claim claim(Claimed held, ClaimTaskRequest request) {
    return Claim.newBuilder()
        .setTaskId(request.getTaskId())
        .setSwarmId(request.getSwarmId())
        .setClaimId(held.getClaimId())
        .setFence(held.getFence())
        .build();
  }
}
