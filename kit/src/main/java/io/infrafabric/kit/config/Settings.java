package io.infrafabric.kit.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What became of the command line: settings to run with, or a text to print instead.
 *
 * <p>A setting is a component of a record: {@code etcdEndpoints} is the flag {@code --etcd-endpoints}, the variable
 * {@code IF_ETCD_ENDPOINTS} and the key {@code etcd-endpoints} (or {@code etcd: {endpoints: }}) of the YAML file named
 * by {@code --config} or {@code IF_CONFIG}; flags win over variables, these over the file, that over {@link Default}.
 * Types: String, int, long, double, boolean, Duration, Path, enums, List and Optional of these, and records of them,
 * whose name becomes a prefix. A compact constructor may refuse values with IllegalArgumentException.
 */
public sealed interface Settings<R extends Record> {
  /** Settings to run with, and the text of {@code --print-config}. */
  record Ready<R extends Record>(R value, List<String> warnings, String report) implements Settings<R> {}

  /** {@code --help} or {@code --print-config}: the text to print on stdout before ending with 0. */
  record Text<R extends Record>(String text) implements Settings<R> {}

  /**
   * Reads the settings.
   *
   * @throws ConfigException with every problem at once
   */
  static <R extends Record> Settings<R> load(Class<R> type, String[] args, Map<String, String> env) {
    Schema schema = new Schema(type);
    List<String> problems = new ArrayList<>();
    Set<String> booleans =
        schema.settings().values().stream()
            .filter(setting -> setting.type() == boolean.class)
            .map(Setting::key)
            .collect(Collectors.toUnmodifiableSet());
    Flags flags = Flags.read(args, booleans, problems);
    if (flags.help()) {
      return new Text<>(Report.help(schema));
    }
    Map<String, Given> given = merge(schema, flags, env, problems);
    Map<String, Object> values = parse(schema, given, problems);
    R value = build(schema, type, values, problems);
    String report = Report.printed(schema, given);
    if (flags.printConfig()) {
      return new Text<>(report);
    }
    return new Ready<>(value, Environment.warnings(env, schema), report);
  }

  /**
   * For {@code Main}: returns the settings, or prints what there is to say and ends the program (0 for help, 2 for
   * problems).
   */
  static <R extends Record> R loadOrExit(Class<R> type, String[] args) {
    try {
      switch (load(type, args, System.getenv())) {
        case Ready<R> ready -> {
          Logger log = LoggerFactory.getLogger(Settings.class);
          ready.warnings().forEach(log::warn);
          return ready.value();
        }
        case Text<R> text -> {
          System.out.print(text.text());
          System.exit(0);
        }
      }
    } catch (ConfigException problems) {
      System.err.println(problems.getMessage());
      System.exit(2);
    }
    throw new IllegalStateException("unreachable: the program has ended");
  }

  private static Map<String, Given> merge(
      Schema schema, Flags flags, Map<String, String> env, List<String> problems) {
    Map<String, Given> given = new LinkedHashMap<>();
    schema.settings().values().forEach(s -> s.byDefault().ifPresent(text -> given.put(s.key(), new Given(text, "default"))));
    Optional<String> file = flags.file().or(() -> Optional.ofNullable(env.get(Environment.CONFIG_FILE)));
    file.filter(name -> !name.isBlank())
        .ifPresent(name -> known(YamlFile.read(Path.of(name), problems), schema, given, problems));
    given.putAll(Environment.read(env, schema));
    known(flags.values(), schema, given, problems);
    return given;
  }

  private static void known(
      Map<String, Given> from, Schema schema, Map<String, Given> given, List<String> problems) {
    from.forEach(
        (key, value) -> {
          if (schema.settings().containsKey(key)) {
            given.put(key, value);
          } else {
            String hint = Nearest.to(key, schema.settings().keySet()).map("; did you mean %s?"::formatted).orElse("");
            problems.add("%s (%s) is not a setting%s".formatted(key, value.source(), hint));
          }
        });
  }

  private static Map<String, Object> parse(Schema schema, Map<String, Given> given, List<String> problems) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (Setting setting : schema.settings().values()) {
      Given text = given.get(setting.key());
      if (text == null) {
        problems.add(
            "%s is required: give --%s or %s (%s)"
                .formatted(setting.key(), setting.key(), setting.variable(), Values.expected(setting.type())));
        continue;
      }
      try {
        values.put(setting.key(), Values.parse(setting.type(), text.text()));
      } catch (IllegalArgumentException malformed) {
        problems.add(
            "%s (%s): \"%s\" is not %s"
                .formatted(setting.key(), text.source(), setting.shown(text.text()), malformed.getMessage()));
      }
    }
    return values;
  }

  private static <R extends Record> R build(
      Schema schema, Class<R> type, Map<String, Object> values, List<String> problems) {
    if (problems.isEmpty()) {
      try {
        return type.cast(schema.build(values::get));
      } catch (IllegalArgumentException refused) {
        problems.add(String.valueOf(refused.getMessage()));
      }
    }
    throw new ConfigException(problems);
  }
}
