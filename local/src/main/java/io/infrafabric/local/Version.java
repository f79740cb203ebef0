package io.infrafabric.local;

import java.util.regex.Pattern;

/** A server's version; anything after the third number is ignored. */
record Version(int major, int minor, int patch) {
  private static final Pattern NUMBERS = Pattern.compile("v?(\\d+)\\.(\\d+)(?:\\.(\\d+))?.*");

  /** Parses "3.4.23", "v2.9.10" or "2.11.0-beta.1". */
  static Version parse(String text) {
    var numbers = NUMBERS.matcher(text.strip());
    if (!numbers.matches()) {
      throw new LocalRunException("not a version: " + text);
    }
    String patch = numbers.group(3);
    return new Version(
        Integer.parseInt(numbers.group(1)),
        Integer.parseInt(numbers.group(2)),
        patch == null ? 0 : Integer.parseInt(patch));
  }

  boolean isAtLeast(int wantedMajor, int wantedMinor) {
    return major > wantedMajor || (major == wantedMajor && minor >= wantedMinor);
  }

  @Override
  public String toString() {
    return major + "." + minor + "." + patch;
  }
}
