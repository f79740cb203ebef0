package io.infrafabric.cli.agent;

import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.cli.fabric.Requests;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Claims for an agent. */
final class NewClaims {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final FabricClients clients;
  private final AgentSettings settings;
  private final Supplier<String> session;
  private final Runnable onUnregistered;
  private final Consumer<String> talk;
  private final AtomicReference<String> told = new AtomicReference<>("");

  /**
   * @param session id of the one that there is now
   * @param onUnregistered told when the swarm is not registered any more
   * @param talk hears why the swarm gets nothing
   */
  NewClaims(FabricClients clients, AgentSettings settings, Supplier<String> session, Runnable onUnregistered, Consumer<String> talk) {
    this.clients = clients;
    this.settings = settings;
    this.session = session;
    this.onUnregistered = onUnregistered;
    this.talk = talk;
  }

  /** What the coordinator has for it, if anything. */
  Optional<Claim> ask() {
    ClaimNextRequest request =
        ClaimNextRequest.newBuilder().setRequestId(Requests.newId()).setSwarmId(settings.swarm()).setSessionId(session.get()).setAgent(name()).build();
    return claimed(() -> clients.claims().claimNext(request).getClaim());
  }

  /** An offered task, if nobody was faster. */
  Optional<Claim> answer(String taskId) {
    ClaimTaskRequest request =
        ClaimTaskRequest.newBuilder()
            .setRequestId(Requests.newId())
            .setTaskId(taskId)
            .setSwarmId(settings.swarm())
            .setSessionId(session.get())
            .setAgent(name())
            .build();
    return claimed(() -> clients.claims().claimTask(request).getClaim());
  }

  private static String name() {
    return "ifctl-" + ProcessHandle.current().pid();
  }

  /** Claims, unless another one was faster, there is nothing, or the swarm may not now: all part of the game. */
  private Optional<Claim> claimed(Supplier<Claim> call) {
    try {
      return Optional.of(Requests.retrying(PATIENCE, call));
    } catch (RuntimeException failure) {
      Refusal refusal = Errors.refusalOf(failure).orElseThrow(() -> failure);
      return switch (refusal.traits().getType()) {
        case ERROR_TYPE_CONFLICT, ERROR_TYPE_EXTERNAL -> Optional.empty();
        case ERROR_TYPE_INSUFFICIENT -> {
          tellOnce(refusal);
          yield Optional.empty();
        }
        case ERROR_TYPE_USER -> {
          if (refusal.code() == ErrorCode.ERROR_CODE_TASK_NOT_FOUND) {
            yield Optional.empty();
          }
          if (refusal.code() == ErrorCode.ERROR_CODE_SWARM_NOT_FOUND) {
            onUnregistered.run();
            yield Optional.empty();
          }
          throw failure;
        }
        default -> throw failure;
      };
    }
  }

  /** Why it gets nothing, as long as a person can do something about it. */
  private void tellOnce(Refusal refusal) {
    boolean passes = refusal.code() == ErrorCode.ERROR_CODE_NO_TASK_READY || refusal.code() == ErrorCode.ERROR_CODE_AT_CAPACITY;
    if (!passes && !refusal.message().equals(told.getAndSet(refusal.message()))) {
      talk.accept("no claim: %s%n  %s".formatted(refusal.message(), refusal.traits().getAdvice()));
    }
  }
}
