package io.infrafabric.kit.grpc;

import java.time.Duration;

/** How much a call matters when there are too many: what matters least is refused first. */
public enum Importance {
  /** Keeps or ends what is under way, and so makes room: never waits for others. */
  VITAL(2.0, Duration.ofMillis(50)),
  /** Moves work on. */
  HIGH(0.85, Duration.ofMillis(100)),
  /** Only looks. */
  NORMAL(0.7, Duration.ofMillis(250)),
  /** Brings more work. */
  LOW(0.5, Duration.ofMillis(500));

  private final double share;
  private final Duration pause;

  Importance(double share, Duration pause) {
    this.share = share;
    this.pause = pause;
  }

  /** With how many calls of any importance under way one more is taken; 1 at least, because with none no such call would ever be served. */
  public int room(int limit) {
    return Math.max(1, (int) (limit * share));
  }

  /** After which a refused call may come again. */
  public Duration pause() {
    return pause;
  }
}
