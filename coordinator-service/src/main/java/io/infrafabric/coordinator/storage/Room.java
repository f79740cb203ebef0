package io.infrafabric.coordinator.storage;

import io.infrafabric.error.Refusal;
import java.util.Optional;

/** Whether etcd has room for what begins something new. What ends something is never held back. */
public interface Room {
  /** Room for everything: for tests of other things. */
  Room AMPLE =
      new Room() {
        @Override
        public Optional<Refusal> forSubmit() {
          return Optional.empty();
        }

        @Override
        public Optional<Refusal> forClaim() {
          return Optional.empty();
        }
      };

  /** Why no task may be put in now, if so. */
  Optional<Refusal> forSubmit();

  /** Why no task may be claimed now, if so. */
  Optional<Refusal> forClaim();

  /** So many bytes of new tasks and claims were put in, or will be to end them, which etcd will tell of only after a while. */
  default void took(long bytes) {}
}
