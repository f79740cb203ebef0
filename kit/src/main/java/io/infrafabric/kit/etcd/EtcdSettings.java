package io.infrafabric.kit.etcd;

import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * How etcd is reached.
 *
 * @param endpoints all members
 * @param callTimeout after which a call has no known outcome
 * @param progressEvery how often a quiet watch is asked for a sign of life
 * @param silence after which a watch without one is taken for dead
 * @param pageSize keys in one page of a list
 */
public record EtcdSettings(
    List<URI> endpoints, Duration callTimeout, Duration progressEvery, Duration silence, int pageSize) {
  /** Defaults for these members. */
  public static EtcdSettings of(List<String> endpoints) {
    return new EtcdSettings(
        endpoints.stream().map(URI::create).toList(),
        Duration.ofSeconds(2),
        Duration.ofSeconds(1),
        Duration.ofSeconds(4),
        1_000);
  }
}
