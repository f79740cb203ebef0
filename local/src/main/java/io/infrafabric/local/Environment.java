package io.infrafabric.local;

import java.util.HashMap;
import java.util.Map;

/** What a child inherits from this JVM's environment. */
final class Environment {
  private Environment() {}

  /**
   * Returns this JVM's environment without the variables of one program.
   *
   * <p>A stray {@code ETCD_*} stops etcd ("shadowed by command-line flag") and an {@code IF_*}
   * meant for the launcher is an unknown setting to a service.
   */
  static Map<String, String> without(String prefix) {
    var environment = new HashMap<>(System.getenv());
    environment.keySet().removeIf(name -> name.startsWith(prefix));
    return environment;
  }
}
