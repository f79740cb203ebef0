package io.infrafabric.kit.grpc;

import io.infrafabric.kit.lifecycle.Periodic;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says NOT_SERVING while something that the server cannot do without has been away for a while, and SERVING again after. */
public final class ReadinessProbe implements AutoCloseable {
  private static final Duration PERIOD = Duration.ofMillis(500);
  private static final Logger LOG = LoggerFactory.getLogger(ReadinessProbe.class);

  private final GrpcServer server;
  private final BooleanSupplier isThere;
  private final Duration patience;
  private final InstantSource clock;
  private final Periodic loop;
  private Instant lastSeen;
  private boolean serving = true;

  private ReadinessProbe(GrpcServer server, BooleanSupplier isThere, Duration patience, InstantSource clock) {
    this.server = server;
    this.isThere = isThere;
    this.patience = patience;
    this.clock = clock;
    this.lastSeen = clock.instant();
    this.loop = Periodic.start("readiness-probe", PERIOD, this::runOnce);
  }

  /** Watches a condition such as "etcd answers"; it may be false for {@code patience} before the server says so. */
  public static ReadinessProbe start(GrpcServer server, BooleanSupplier isThere, Duration patience, InstantSource clock) {
    return new ReadinessProbe(server, isThere, patience, clock);
  }

  @Override
  public void close() {
    loop.close();
  }

  private void runOnce() {
    Instant now = clock.instant();
    if (isThere.getAsBoolean()) {
      lastSeen = now;
    }
    boolean ready = Duration.between(lastSeen, now).compareTo(patience) <= 0;
    if (ready != serving) {
      serving = ready;
      server.serving(ready);
      LOG.atWarn().addKeyValue("serving", ready).log("readiness changed");
    }
  }
}
