package io.infrafabric.examples.census;

/** The language of a file, by its name. */
final class Language {
  private Language() {}

  static String of(byte[] path) {
    return ofName(fileName(path));
  }

  private static String ofName(String name) {
    int dot = name.lastIndexOf('.');
    if (dot < 0) {
      return ofWholeName(name);
    }
    return switch (name.substring(dot + 1)) {
      case "java" -> "java";
      case "kt", "kts" -> "kotlin";
      case "proto" -> "proto";
      case "xml", "xsd", "pom" -> "xml";
      case "md", "markdown" -> "markdown";
      case "yaml", "yml" -> "yaml";
      case "json" -> "json";
      case "toml" -> "toml";
      case "properties" -> "properties";
      case "sh", "bash" -> "shell";
      case "py" -> "python";
      case "js", "mjs", "cjs" -> "javascript";
      case "ts", "tsx" -> "typescript";
      case "go" -> "go";
      case "rs" -> "rust";
      case "c", "h" -> "c";
      case "cc", "cpp", "cxx", "hh", "hpp" -> "c++";
      case "html", "htm" -> "html";
      case "css" -> "css";
      case "sql" -> "sql";
      case "wat" -> "wat";
      case "tla" -> "tla";
      case "txt", "text" -> "text";
      default -> "other";
    };
  }

  private static String ofWholeName(String name) {
    return switch (name) {
      case "dockerfile" -> "dockerfile";
      case "makefile" -> "make";
      case "license", "notice", "readme" -> "text";
      default -> "other";
    };
  }

  /** What follows the last slash, in lower case; a byte that is not ASCII matches nothing above and becomes a question mark. */
  private static String fileName(byte[] path) {
    StringBuilder name = new StringBuilder();
    for (byte b : path) {
      if (b == '/') {
        name.setLength(0);
      } else if (b >= 'A' && b <= 'Z') {
        name.append((char) (b + 32));
      } else {
        name.append(b < 0 ? '?' : (char) b);
      }
    }
    return name.toString();
  }
}
