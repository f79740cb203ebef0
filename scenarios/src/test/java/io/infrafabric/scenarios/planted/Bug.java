package io.infrafabric.scenarios.planted;

import io.grpc.ClientInterceptor;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.store.Store;
import io.infrafabric.testkit.store.MemoryStore;
import java.util.Optional;

/** A bug to be planted: what stands between a service and its store, or between a client and a service, and gets it wrong. */
interface Bug {
  /** Between a coordinator and the store. */
  default Store coordinator(Store store, MemoryStore memory, Bus bus) {
    return store;
  }

  /** Between the governor and the store. */
  default Store governor(Store store, MemoryStore memory) {
    return store;
  }

  /** Between clients and the coordinators, as if the coordinator did it. */
  default Optional<ClientInterceptor> door(MemoryStore memory) {
    return Optional.empty();
  }
}
