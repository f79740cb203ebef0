package io.infrafabric.chassis;

import io.infrafabric.kit.store.Election;

/** Whether this chassis is the one that runs the swarms: a swarm has one session, which two would take from each other. */
final class Duty implements Election.Listener {
  private volatile boolean onDuty;
  private volatile Runnable hint = () -> {};

  boolean isOnDuty() {
    return onDuty;
  }

  /** What to call when that changes. */
  void onChange(Runnable changed) {
    hint = changed;
  }

  @Override
  public void onElected() {
    onDuty = true;
    hint.run();
  }

  @Override
  public void onDeposed() {
    onDuty = false;
    hint.run();
  }
}
