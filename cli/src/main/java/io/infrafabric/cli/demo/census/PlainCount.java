package io.infrafabric.cli.demo.census;

import io.infrafabric.kit.nats.Objects;
import java.util.Locale;
import java.util.Map;

/** What the module should answer, computed in plain Java from the same bytes. */
public final class PlainCount {
  private static final Map<String, String> BY_EXTENSION =
      Map.ofEntries(
          Map.entry("java", "java"),
          Map.entry("kt", "kotlin"),
          Map.entry("kts", "kotlin"),
          Map.entry("proto", "proto"),
          Map.entry("xml", "xml"),
          Map.entry("xsd", "xml"),
          Map.entry("pom", "xml"),
          Map.entry("md", "markdown"),
          Map.entry("markdown", "markdown"),
          Map.entry("yaml", "yaml"),
          Map.entry("yml", "yaml"),
          Map.entry("json", "json"),
          Map.entry("toml", "toml"),
          Map.entry("properties", "properties"),
          Map.entry("sh", "shell"),
          Map.entry("bash", "shell"),
          Map.entry("py", "python"),
          Map.entry("js", "javascript"),
          Map.entry("mjs", "javascript"),
          Map.entry("cjs", "javascript"),
          Map.entry("ts", "typescript"),
          Map.entry("tsx", "typescript"),
          Map.entry("go", "go"),
          Map.entry("rs", "rust"),
          Map.entry("c", "c"),
          Map.entry("h", "c"),
          Map.entry("cc", "c++"),
          Map.entry("cpp", "c++"),
          Map.entry("cxx", "c++"),
          Map.entry("hh", "c++"),
          Map.entry("hpp", "c++"),
          Map.entry("html", "html"),
          Map.entry("htm", "html"),
          Map.entry("css", "css"),
          Map.entry("sql", "sql"),
          Map.entry("wat", "wat"),
          Map.entry("tla", "tla"),
          Map.entry("txt", "text"),
          Map.entry("text", "text"));
  private static final Map<String, String> BY_NAME =
      Map.of("dockerfile", "dockerfile", "makefile", "make", "license", "text", "notice", "text", "readme", "text");

  private PlainCount() {}

  /** Counts a file. */
  public static Counted of(String path, byte[] content) {
    long lines = 0;
    for (byte b : content) {
      lines += b == '\n' ? 1 : 0;
    }
    boolean unended = content.length > 0 && content[content.length - 1] != '\n';
    return new Counted(path, language(path), content.length, lines + (unended ? 1 : 0), Objects.sha256(content));
  }

  private static String language(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
    int dot = name.lastIndexOf('.');
    return dot < 0 ? BY_NAME.getOrDefault(name, "other") : BY_EXTENSION.getOrDefault(name.substring(dot + 1), "other");
  }
}
