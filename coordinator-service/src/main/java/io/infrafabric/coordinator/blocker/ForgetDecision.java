package io.infrafabric.coordinator.blocker;

import io.infrafabric.coordinator.record.Records;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.names.BlockerId;
import io.infrafabric.names.TaskId;
import java.util.Set;

/** Deletes a resolved blocker of a task that is not there any more; answers whether it did. */
final class ForgetDecision implements Decision<Boolean> {
  private final String blocker;
  private final String task;

  ForgetDecision(Records records, BlockerId blocker, TaskId task) {
    this.blocker = records.keys().blocker(blocker);
    this.task = records.keys().task(task);
  }

  @Override
  public Set<String> reads() {
    return Set.of(task);
  }

  @Override
  public Set<String> writes() {
    return Set.of(blocker);
  }

  @Override
  public Step<Boolean> decide(View view) {
    if (view.get(task).isPresent() || view.get(blocker).isEmpty()) {
      return Step.answer(false);
    }
    return Step.commit(Txn.builder().delete(view, blocker).unchanged(view, task).build(), revision -> true);
  }
}
