package io.infrafabric.coordinator.blocker;

import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.policy.ActivePolicy;

/** Hears what became of the search for help; must be quick. */
public interface HelpListener {
  /** Listens to nothing. */
  HelpListener NONE =
      new HelpListener() {
        @Override
        public void helped(Blocker blocker, ActivePolicy policy) {}

        @Override
        public void nobody(Blocker blocker, String why, ActivePolicy policy) {}
      };

  /** Swarms were found, as many as the policy allows and there are. */
  void helped(Blocker blocker, ActivePolicy policy);

  /** Nobody was found; a person has to look at it. */
  void nobody(Blocker blocker, String why, ActivePolicy policy);
}
