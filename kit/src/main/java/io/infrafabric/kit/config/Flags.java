package io.infrafabric.kit.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads {@code --key=value}, {@code --key value} and, for truth values, {@code --key}. */
final class Flags {
  private final Map<String, Given> values = new LinkedHashMap<>();
  private boolean help;
  private boolean printConfig;
  private Optional<String> file = Optional.empty();

  private Flags() {}

  /** Reads the arguments; keys of {@code booleans} need no value. Problems are added to the list. */
  static Flags read(String[] args, Set<String> booleans, List<String> problems) {
    Flags flags = new Flags();
    for (int i = 0; i < args.length; i++) {
      String arg = args[i];
      if (!arg.startsWith("--") || arg.length() == 2) {
        problems.add("\"%s\" is not a flag: flags are --key=value or --key value".formatted(arg));
        continue;
      }
      int equals = arg.indexOf('=');
      String key = arg.substring(2, equals < 0 ? arg.length() : equals);
      boolean valueFollows = i + 1 < args.length && !args[i + 1].startsWith("--");
      if (equals >= 0) {
        flags.put(key, arg.substring(equals + 1), problems);
      } else if (key.equals("help")) {
        flags.help = true;
      } else if (key.equals("print-config")) {
        flags.printConfig = true;
      } else if (booleans.contains(key) && !(valueFollows && args[i + 1].matches("(?i)true|false"))) {
        flags.put(key, "true", problems);
      } else if (valueFollows) {
        flags.put(key, args[++i], problems);
      } else {
        problems.add("--%s needs a value".formatted(key));
      }
    }
    return flags;
  }

  Map<String, Given> values() {
    return values;
  }

  boolean help() {
    return help;
  }

  boolean printConfig() {
    return printConfig;
  }

  Optional<String> file() {
    return file;
  }

  private void put(String key, String value, List<String> problems) {
    switch (key) {
      case "config" -> file = Optional.of(value);
      case "help", "print-config" -> problems.add("--%s takes no value".formatted(key));
      default -> {
        if (values.put(key, new Given(value, "--" + key)) != null) {
          problems.add("--%s is given twice".formatted(key));
        }
      }
    }
  }
}
