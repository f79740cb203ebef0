package io.infrafabric.local;

import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The JSON of a {@link FabricRecord}: one flat object a process; reads only what it wrote. */
final class FabricJson {
  private static final Pattern OWNER = Pattern.compile("(?m)^  \"owner\": \\{(.*)\\},$");
  private static final Pattern PROCESS = Pattern.compile("(?m)^    \\{(.*)\\},?$");
  private static final Pattern FIELD =
      Pattern.compile("\"(\\w+)\": (?:\"((?:[^\"\\\\]|\\\\.)*)\"|(\\d+))");

  private FabricJson() {}

  static String format(FabricRecord fabric) {
    return """
    {
      "folder": %s,
      "owner": %s,
      "processes": [
    %s
      ]
    }
    """
        .formatted(
            quoted(fabric.folder()),
            fabric.owner().map(owner -> "{" + format(owner) + "}").orElse("null"),
            fabric.processes().stream().map(FabricJson::format).collect(Collectors.joining(",\n")));
  }

  static FabricRecord parse(Path folder, String json) {
    var owner = OWNER.matcher(json);
    var processes =
        PROCESS.matcher(json).results().map(match -> entry(fields(match.group(1)))).toList();
    return new FabricRecord(
        folder,
        owner.find() ? Optional.of(id(fields(owner.group(1)))) : Optional.empty(),
        processes);
  }

  private static String format(FabricRecord.Entry entry) {
    return "    {\"name\": %s, \"address\": %s, %s, \"log\": %s}"
        .formatted(
            quoted(entry.name()), quoted(entry.address()), format(entry.id()), quoted(entry.log()));
  }

  private static String format(ProcessId id) {
    return "\"pid\": %d, \"started\": %s".formatted(id.pid(), quoted(id.started()));
  }

  private static ProcessId id(Map<String, String> fields) {
    return new ProcessId(Long.parseLong(fields.get("pid")), Instant.parse(fields.get("started")));
  }

  private static FabricRecord.Entry entry(Map<String, String> fields) {
    return new FabricRecord.Entry(
        fields.get("name"), fields.get("address"), id(fields), Path.of(fields.get("log")));
  }

  private static Map<String, String> fields(String object) {
    var fields = new HashMap<String, String>();
    FIELD
        .matcher(object)
        .results()
        .forEach(field ->
            fields.put(
                field.group(1),
                field.group(2) != null
                    ? field.group(2).replaceAll("\\\\(.)", "$1")
                    : field.group(3)));
    return fields;
  }

  private static String quoted(Object value) {
    return '"' + value.toString().replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
