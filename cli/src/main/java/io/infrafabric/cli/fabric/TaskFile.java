package io.infrafabric.cli.fabric;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;

/** A task in a file: its specification, or the whole task as {@code ifctl task get -o json} prints it, of which the specification counts. Pure. */
public final class TaskFile {
  private static final String SPEC = "spec";

  private TaskFile() {}

  /**
   * The specification that a text has.
   *
   * @param name how messages call the text
   * @throws io.infrafabric.error.RefusedException UNKNOWN_FIELD with the nearest known key, or INVALID_ARGUMENT
   */
  public static TaskSpec read(String name, String text) {
    return Document.keys(name, text).contains(SPEC)
        ? Document.read(name, text, Task.newBuilder()).getSpec()
        : Document.read(name, text, TaskSpec.newBuilder()).build();
  }

  /** The JSON Schema of such a file, made of the contract: whoever writes one can have it checked before it is submitted. */
  public static JsonObject schema() {
    MessageSchema schema = new MessageSchema();
    JsonObject bare = schema.reference(TaskSpec.getDescriptor());
    JsonObject properties = new JsonObject();
    properties.add(SPEC, bare);
    JsonArray required = new JsonArray();
    required.add(SPEC);
    JsonObject whole = new JsonObject();
    whole.addProperty("type", "object");
    whole.add("properties", properties);
    whole.add("required", required);
    JsonArray either = new JsonArray();
    either.add(bare);
    either.add(whole);
    JsonObject file = new JsonObject();
    file.addProperty("$schema", "https://json-schema.org/draft/2020-12/schema");
    file.addProperty("title", "A task, as `ifctl task submit -f` takes it");
    file.add("anyOf", either);
    file.add("$defs", schema.definitions());
    return file;
  }

  /** A schema as it is printed. */
  public static String text(JsonObject schema) {
    return new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(schema);
  }
}
