package io.infrafabric.governor.escalation;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Rings those who watch escalations when one has changed. */
final class EscalationFeed {
  private final Set<Subscription> subscriptions = ConcurrentHashMap.newKeySet();

  /** One who watches, until it is closed. */
  final class Subscription implements AutoCloseable {
    private final Runnable bell;

    private Subscription(Runnable bell) {
      this.bell = bell;
    }

    @Override
    public void close() {
      subscriptions.remove(this);
    }
  }

  /** Rings the bell from now on; it must be quick. */
  Subscription subscribe(Runnable bell) {
    Subscription subscription = new Subscription(bell);
    subscriptions.add(subscription);
    return subscription;
  }

  void ring() {
    subscriptions.forEach(subscription -> subscription.bell.run());
  }
}
