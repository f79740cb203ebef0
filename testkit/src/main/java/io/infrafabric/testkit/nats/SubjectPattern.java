package io.infrafabric.testkit.nats;

/** NATS' wildcards: {@code *} for one token, {@code >} for one or more at the end. */
final class SubjectPattern {
  private SubjectPattern() {}

  static boolean matches(String pattern, String subject) {
    String[] wanted = pattern.split("\\.", -1);
    String[] tokens = subject.split("\\.", -1);
    for (int i = 0; i < wanted.length; i++) {
      if (wanted[i].equals(">")) {
        return i < tokens.length;
      }
      if (i >= tokens.length || !wanted[i].equals("*") && !wanted[i].equals(tokens[i])) {
        return false;
      }
    }
    return wanted.length == tokens.length;
  }
}
