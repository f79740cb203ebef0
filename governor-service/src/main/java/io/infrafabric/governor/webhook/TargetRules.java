package io.infrafabric.governor.webhook;

import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where posts may go. A host must be named by a setting; this machine is out of bounds unless a setting says otherwise, and so are, always,
 * addresses that only mean something on the network next to it: where a cloud serves the secrets of its machines.
 */
final class TargetRules {
  private static final int MOST = 16;
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

  private TargetRules() {}

  /**
   * The webhooks of the settings.
   *
   * @throws IllegalArgumentException when one must not be, or is none; the message names it by its host
   */
  static List<Sink> sinks(List<String> targets, List<String> hosts, boolean loopback) {
    if (targets.size() > MOST) {
      throw new IllegalArgumentException("webhook-targets has more than " + MOST + " addresses");
    }
    Map<String, Sink> sinks = new LinkedHashMap<>();
    for (int i = 0; i < targets.size(); i++) {
      URI address = address(targets.get(i), i);
      refused(address, hosts, loopback)
          .ifPresent(
              why -> {
                throw new IllegalArgumentException("webhook-targets has one at " + address.getAuthority() + ": " + why);
              });
      Sink sink = new Sink(name(address), address);
      if (sinks.put(sink.name(), sink) != null) {
        throw new IllegalArgumentException("webhook-targets has one at " + address.getAuthority() + " twice");
      }
    }
    return List.copyOf(sinks.values());
  }

  private static URI address(String target, int index) {
    Optional<URI> address = parsed(target).filter(uri -> uri.getHost() != null && uri.getUserInfo() == null && uri.getFragment() == null);
    return address.orElseThrow(
        () -> new IllegalArgumentException("webhook-targets: number %d is no https://host[:port]/path without user and fragment".formatted(index + 1)));
  }

  private static Optional<URI> parsed(String target) {
    try {
      return Optional.of(URI.create(target));
    } catch (IllegalArgumentException malformed) {
      return Optional.empty();
    }
  }

  private static Optional<String> refused(URI address, List<String> hosts, boolean loopback) {
    String host = address.getHost().toLowerCase(Locale.ROOT);
    boolean here = LOOPBACK.contains(host);
    boolean encrypted = "https".equalsIgnoreCase(address.getScheme());
    if (!encrypted && !("http".equalsIgnoreCase(address.getScheme()) && here)) {
      return Optional.of("only https, but for this machine");
    }
    if (here && !loopback) {
      return Optional.of("it is this machine, which webhook-loopback does not allow");
    }
    String named = host + ":" + port(address);
    if (hosts.stream().map(name -> name.toLowerCase(Locale.ROOT)).noneMatch(name -> name.equals(host) || name.equals(named))) {
      return Optional.of("webhook-hosts does not name it");
    }
    return Optional.empty();
  }

  private static int port(URI address) {
    if (address.getPort() >= 0) {
      return address.getPort();
    }
    return "https".equalsIgnoreCase(address.getScheme()) ? 443 : 80;
  }

  /** Why an address that the name of a host stands for is not connected to, if so. */
  static Optional<String> refused(InetAddress address, boolean loopback) {
    if (address.isLoopbackAddress() && !loopback) {
      return Optional.of("its name stands for this machine");
    }
    boolean nearby = address.isAnyLocalAddress() || address.isLinkLocalAddress() || address.isMulticastAddress();
    return nearby ? Optional.of("its name stands for an address that nothing is posted to") : Optional.empty();
  }

  private static String name(URI address) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(address.toString().getBytes(StandardCharsets.UTF_8));
      return address.getAuthority().toLowerCase(Locale.ROOT) + "/" + HexFormat.of().formatHex(digest, 0, 4);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
