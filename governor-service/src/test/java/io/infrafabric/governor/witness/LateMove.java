package io.infrafabric.governor.witness;

import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/**
 * The store of a cell, which holds one move of the head back: nobody knows what became of it, and it arrives when its writer watches anew, in
 * the moment in which that watch breaks.
 */
final class LateMove {
  private final Cell cell;
  private boolean armed;
  private boolean arrived;
  private Optional<List<Txn>> held = Optional.empty();

  LateMove(Cell cell) {
    this.cell = cell;
  }

  Store store() {
    return (Store) Proxy.newProxyInstance(Store.class.getClassLoader(), new Class<?>[] {Store.class}, (proxy, method, arguments) -> call(method, arguments));
  }

  /** Holds the next move back. */
  void next() {
    armed = true;
  }

  boolean isHeld() {
    return held.isPresent();
  }

  boolean hasArrived() {
    return arrived;
  }

  private Store.Watch arrive(Store.WatchListener listener) {
    arrived = true;
    cell.store.commit(held.orElseThrow()).join();
    listener.onBroken(new IllegalStateException("the connection was lost"));
    return () -> {};
  }

  @SuppressWarnings("unchecked")
  private Object call(Method method, Object[] arguments) throws Throwable {
    if (armed && method.getName().equals("commit") && isMove((List<Txn>) arguments[0])) {
      armed = false;
      held = Optional.of((List<Txn>) arguments[0]);
      return CompletableFuture.completedFuture(List.of(new Outcome.Unknown(new TimeoutException("no answer"), true)));
    }
    if (isHeld() && !arrived && method.getName().equals("watch")) {
      return arrive((Store.WatchListener) arguments[2]);
    }
    try {
      return method.invoke(cell.store, arguments);
    } catch (InvocationTargetException thrown) {
      throw thrown.getCause();
    }
  }

  private boolean isMove(List<Txn> batch) {
    return batch.stream().flatMap(txn -> txn.writes().stream()).anyMatch(write -> write.key().equals(cell.keys.witnessCheckpoint()));
  }
}
