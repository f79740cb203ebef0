package io.infrafabric.coordinator.relay;

import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.Keys;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** How far the coordinator's relay has come, whichever instance runs it. */
public final class Published {
  private final Replica replica;
  private final String cursor;

  public Published(Replica replica, Keys keys) {
    this.replica = replica;
    this.cursor = keys.relayCursor(TaskFacts.SERVICE);
  }

  /** The revision up to which every fact is on the stream; empty before the first. */
  public CompletableFuture<OptionalLong> revision() {
    return replica
        .refresh(Set.of(cursor))
        .thenApply(
            found ->
                Optional.ofNullable(found.get(cursor))
                    .map(entry -> entry.value().toStringUtf8())
                    .filter(text -> text.matches("[0-9]{1,18}"))
                    .map(text -> OptionalLong.of(Long.parseLong(text)))
                    .orElse(OptionalLong.empty()));
  }
}
