package io.infrafabric.kit.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Reads {@code IF_*} variables. Services share an environment, so a variable that is not known belongs to another
 * program unless it looks like a misspelt one; then it is worth a warning.
 */
final class Environment {
  /** The file of settings. */
  static final String CONFIG_FILE = "IF_CONFIG";

  private static final Set<String> OF_OTHERS =
      Set.of("IF_HOME", "IF_ETCD_BIN", "IF_NATS_BIN", "IF_JAVA_HOME", CONFIG_FILE, "IF_LOG", "IF_LOG_LEVEL", "IF_TOKEN", "IF_TOKEN_FILE");

  /** Closer than this to a known variable is a slip of the pen. */
  private static final int SLIP = 2;

  private Environment() {}

  static Map<String, Given> read(Map<String, String> env, Schema schema) {
    Map<String, Given> values = new LinkedHashMap<>();
    for (Setting setting : schema.settings().values()) {
      Optional.ofNullable(env.get(setting.variable()))
          .ifPresent(text -> values.put(setting.key(), new Given(text, setting.variable())));
    }
    return values;
  }

  static List<String> warnings(Map<String, String> env, Schema schema) {
    Set<String> known =
        schema.settings().values().stream().map(Setting::variable).collect(Collectors.toUnmodifiableSet());
    List<String> warnings = new ArrayList<>();
    for (String name : new TreeMap<>(env).keySet()) {
      if (!name.startsWith("IF_") || known.contains(name) || OF_OTHERS.contains(name) || name.startsWith("IF_TEST_")) {
        continue;
      }
      Nearest.to(name, known)
          .filter(near -> Nearest.distance(name, near) <= SLIP)
          .ifPresent(near -> warnings.add("%s is not known; is it %s?".formatted(name, near)));
    }
    return warnings;
  }
}
