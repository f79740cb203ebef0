package io.infrafabric.kit.config;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** The settings of a record; a component that is a record itself gives its name as prefix to its own. */
final class Schema {
  private final Class<? extends Record> type;
  private final Map<String, Setting> settings = new LinkedHashMap<>();

  Schema(Class<? extends Record> type) {
    this.type = type;
    collect("", type);
  }

  /** All settings by key, in the order of the record. */
  Map<String, Setting> settings() {
    return settings;
  }

  /**
   * Builds the record of the values by key.
   *
   * @throws IllegalArgumentException when a constructor refuses them
   */
  Record build(Function<String, Object> values) {
    return build("", type, values);
  }

  private void collect(String prefix, Class<?> record) {
    for (RecordComponent component : record.getRecordComponents()) {
      if (component.getType().isRecord()) {
        collect(prefix + Setting.kebab(component.getName()) + "-", component.getType());
        continue;
      }
      Setting setting = Setting.of(prefix, component);
      if (settings.put(setting.key(), setting) != null) {
        throw new IllegalStateException("two settings have the key " + setting.key());
      }
    }
  }

  private static Record build(String prefix, Class<?> record, Function<String, Object> values) {
    RecordComponent[] components = record.getRecordComponents();
    Object[] arguments = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      String key = prefix + Setting.kebab(components[i].getName());
      arguments[i] =
          components[i].getType().isRecord()
              ? build(key + "-", components[i].getType(), values)
              : values.apply(key);
    }
    return construct(record, components, arguments);
  }

  private static Record construct(Class<?> record, RecordComponent[] components, Object[] arguments) {
    try {
      Class<?>[] types = Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
      Constructor<?> constructor = record.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return (Record) constructor.newInstance(arguments);
    } catch (InvocationTargetException refused) {
      if (refused.getCause() instanceof RuntimeException reason) {
        throw new IllegalArgumentException(reason.getMessage(), reason);
      }
      throw new IllegalStateException(refused);
    } catch (ReflectiveOperationException broken) {
      throw new IllegalStateException(broken);
    }
  }
}
