package io.infrafabric.testkit.store;

import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.Store;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what a watch tells. */
final class Recorder implements Store.WatchListener {
  final List<Change> changes = new CopyOnWriteArrayList<>();
  final List<List<Change>> batches = new CopyOnWriteArrayList<>();
  final CompletableFuture<Throwable> broken = new CompletableFuture<>();

  @Override
  public void onChanges(List<Change> news) {
    batches.add(news);
    changes.addAll(news);
  }

  @Override
  public void onBroken(Throwable reason) {
    broken.complete(reason);
  }
}
