package io.infrafabric.testkit.chaos;

import java.net.URI;
import java.time.Duration;

/** Stands before etcd: everything gets through, and once it has begun each answer comes late, so that a test can be in the middle of something quick. */
public final class LateAnswers implements AutoCloseable {
  private final TcpProxy proxy;

  private LateAnswers(String endpoint) {
    proxy = TcpProxy.to(URI.create(endpoint).getPort());
  }

  /** Passes on everything to this etcd of loopback. */
  public static LateAnswers before(String endpoint) {
    return new LateAnswers(endpoint);
  }

  /** What clients connect to instead of etcd. */
  public String address() {
    return "http://127.0.0.1:" + proxy.port();
  }

  /** From now on each answer comes so late. */
  public void begin(Duration each) {
    proxy.late(each);
  }

  /** From now on answers come as quickly as they can. */
  public void end() {
    proxy.late(Duration.ZERO);
  }

  @Override
  public void close() {
    proxy.close();
  }
}
