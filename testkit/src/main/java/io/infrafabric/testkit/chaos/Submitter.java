package io.infrafabric.testkit.chaos;

import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.coordinator.v1.SubmitTaskResponse;
import io.infrafabric.coordinator.v1.TaskServiceGrpc;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.testkit.chaos.Caller.About;
import io.infrafabric.testkit.history.Call;
import io.infrafabric.testkit.history.Call.Answer;
import io.infrafabric.testkit.history.CallLog;
import java.util.Optional;
import java.util.Random;

/** Submits tasks, some of which depend on others. */
final class Submitter {
  private static final double DEPENDENT = 0.2;
  private static final int MOST_ATTEMPTS = 5;

  private final String name;
  private final CrowdSettings settings;
  private final Caller caller;
  private final CallLog log;
  private final Tasks tasks;
  private final Random random;
  private int number;

  Submitter(String name, CrowdSettings settings, Caller caller, CallLog log, Tasks tasks, Random random) {
    this.name = name;
    this.settings = settings;
    this.caller = caller;
    this.log = log;
    this.tasks = tasks;
    this.random = random;
  }

  /** Submits one task. */
  void step() {
    String task = name + "-" + ++number;
    TaskSpec.Builder spec =
        TaskSpec.newBuilder()
            .setTaskId(task)
            .addRequiredCapabilities(settings.capability())
            .setMaxCostMicros(random.nextLong(settings.maxCostMicros() + 1))
            .setMaxAttempts(1 + random.nextInt(MOST_ATTEMPTS));
    if (random.nextDouble() < DEPENDENT) {
      Optional<String> other = tasks.any(random);
      other.ifPresent(spec::addDependsOn);
    }
    SubmitTaskRequest request = SubmitTaskRequest.newBuilder().setRequestId(Caller.request()).setSpec(spec).build();
    Caller.Result<SubmitTaskResponse> result =
        caller.call(
            new About(Call.Kind.SUBMIT, "", task, request.getRequestId(), 0),
            door -> TaskServiceGrpc.newBlockingStub(door).submitTask(request),
            stored -> told(task, stored));
    if (result instanceof Caller.Result.Told<SubmitTaskResponse>) {
      tasks.add(task);
    }
  }

  private Answer told(String task, SubmitTaskResponse stored) {
    if (!stored.getCreated()) {
      log.surprise("the only submit of " + task + " was told that another created it");
    }
    return new Answer.Done();
  }
}
