package io.infrafabric.kit.config;

import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Locale;
import java.util.Optional;

/**
 * One setting, as its record component declares it.
 *
 * @param key in kebab case with the prefixes of the records around it: {@code nats-url}
 * @param secret whether its value is never shown
 */
record Setting(String key, Type type, Optional<String> byDefault, String doc, boolean secret) {

  static Setting of(String prefix, RecordComponent component) {
    Default byDefault = component.getAnnotation(Default.class);
    Doc doc = component.getAnnotation(Doc.class);
    return new Setting(
        prefix + kebab(component.getName()),
        component.getGenericType(),
        Optional.ofNullable(byDefault).map(Default::value).or(() -> absent(component)),
        doc == null ? "" : doc.value(),
        component.isAnnotationPresent(Secret.class));
  }

  /** The environment variable: {@code IF_NATS_URL}. */
  String variable() {
    return "IF_" + key.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  /** The value as it may be shown. */
  String shown(String text) {
    if (secret) {
      return text.isEmpty() ? "" : "********";
    }
    return text;
  }

  /** {@code etcdEndpoints} becomes {@code etcd-endpoints}. */
  static String kebab(String camel) {
    return camel.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
  }

  private static Optional<String> absent(RecordComponent component) {
    return component.getType() == Optional.class ? Optional.of("") : Optional.empty();
  }
}
