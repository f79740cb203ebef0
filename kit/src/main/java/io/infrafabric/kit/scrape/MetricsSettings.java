package io.infrafabric.kit.scrape;

import io.infrafabric.kit.auth.AuthMode;
import io.infrafabric.kit.auth.AuthSettings;
import io.infrafabric.kit.config.Default;
import io.infrafabric.kit.config.Doc;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where metrics are scraped. A component in a record of settings. */
public record MetricsSettings(
    @Doc("Where GET /metrics answers in the text format of Prometheus, such as 127.0.0.1:9464; nowhere when empty.") @Default("") String listen) {
  private static final Pattern ADDRESS = Pattern.compile("(?<host>\\[[0-9a-fA-F:]+]|[A-Za-z0-9.-]+):(?<port>[0-9]{1,5})");
  private static final int MOST_PORT = 65_535;

  /** Refuses what is no address. */
  public MetricsSettings {
    if (!listen.isEmpty()) {
      Matcher address = ADDRESS.matcher(listen);
      if (!address.matches() || Integer.parseInt(address.group("port")) > MOST_PORT) {
        throw new IllegalArgumentException("metrics-listen is host:port, such as 127.0.0.1:9464, not \"" + listen + "\"");
      }
    }
  }

  /** Nowhere. */
  public static MetricsSettings off() {
    return new MetricsSettings("");
  }

  /** The address to listen on, if any. */
  public Optional<InetSocketAddress> address() {
    if (listen.isEmpty()) {
      return Optional.empty();
    }
    int colon = listen.lastIndexOf(':');
    return Optional.of(new InetSocketAddress(listen.substring(0, colon), Integer.parseInt(listen.substring(colon + 1))));
  }

  /**
   * Refuses an address that others reach while nobody is asked who he is.
   *
   * @throws IllegalArgumentException that names the settings
   */
  public void requireSafe(AuthSettings auth) {
    String host = listen.isEmpty() ? "" : listen.substring(0, listen.lastIndexOf(':'));
    if (!host.isEmpty() && auth.mode() == AuthMode.OFF && !auth.offBeyondLoopback() && !AuthSettings.isLoopback(host)) {
      throw new IllegalArgumentException(
          "metrics-listen %s is reached from other machines, and auth-mode is off: listen on 127.0.0.1, or set auth-mode=required, or auth-off-beyond-loopback=true if the network lets nobody else in"
              .formatted(listen));
    }
  }
}
