package io.infrafabric.coordinator.claim;

import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;

/** Hears how claims were decided on; must be quick. */
public interface Judge {
  /** Listens to nothing. */
  Judge NONE =
      new Judge() {
        @Override
        public void admitted(TaskSpec spec, Admission admission, String claimId) {}

        @Override
        public void refused(TaskSpec spec, Admission admission, Refusal refusal) {}
      };

  /** A claim was made. */
  void admitted(TaskSpec spec, Admission admission, String claimId);

  /** A ready task was refused to a swarm that is registered. */
  void refused(TaskSpec spec, Admission admission, Refusal refusal);
}
