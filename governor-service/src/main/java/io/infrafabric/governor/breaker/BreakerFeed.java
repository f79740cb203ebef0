package io.infrafabric.governor.breaker;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Tells those who watch breakers of which swarms some have changed. */
final class BreakerFeed {
  private final Set<Subscription> subscriptions = ConcurrentHashMap.newKeySet();

  /** One who watches, until it is closed. */
  final class Subscription implements AutoCloseable {
    private final Runnable bell;
    /** Swarms to look at; whoever looks takes them out first. */
    final Set<String> changed = ConcurrentHashMap.newKeySet();

    private Subscription(Runnable bell) {
      this.bell = bell;
    }

    @Override
    public void close() {
      subscriptions.remove(this);
    }
  }

  /** Rings the bell from now on when something has changed; it must be quick. */
  Subscription subscribe(Runnable bell) {
    Subscription subscription = new Subscription(bell);
    subscriptions.add(subscription);
    return subscription;
  }

  void changed(String swarmId) {
    for (Subscription subscription : subscriptions) {
      subscription.changed.add(swarmId);
      subscription.bell.run();
    }
  }
}
