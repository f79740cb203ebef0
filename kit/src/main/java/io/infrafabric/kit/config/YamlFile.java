package io.infrafabric.kit.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** Reads a YAML file as keys in kebab case: {@code etcd: {endpoints: x}} is {@code etcd-endpoints: x}. */
final class YamlFile {
  private YamlFile() {}

  /** Returns the values by key; problems are added to the list. */
  static Map<String, Given> read(Path file, List<String> problems) {
    Map<String, Given> values = new LinkedHashMap<>();
    try {
      Load load = new Load(LoadSettings.builder().setLabel(file.toString()).build());
      Object document = load.loadFromString(Files.readString(file));
      if (document instanceof Map<?, ?> map) {
        flatten("", map, "file " + file, values, problems);
      } else if (document != null) {
        problems.add("%s: expected keys and values at the top".formatted(file));
      }
    } catch (NoSuchFileException missing) {
      problems.add("%s: there is no such file (from --config or IF_CONFIG)".formatted(file));
    } catch (IOException | YamlEngineException unreadable) {
      problems.add("%s: cannot be read: %s".formatted(file, unreadable.getMessage()));
    }
    return values;
  }

  private static void flatten(
      String prefix, Map<?, ?> map, String source, Map<String, Given> values, List<String> problems) {
    map.forEach(
        (name, value) -> {
          String key = prefix + name;
          switch (value) {
            case null -> {}
            case Map<?, ?> nested -> flatten(key + "-", nested, source, values, problems);
            default -> {
              if (values.put(key, new Given(text(value), source)) != null) {
                problems.add("%s: %s is given twice".formatted(source, key));
              }
            }
          }
        });
  }

  private static String text(Object value) {
    if (value instanceof List<?> list) {
      return list.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
    return String.valueOf(value);
  }
}
