package io.infrafabric.kit.store;

import java.util.List;

/**
 * A part of the store that a replica copies.
 *
 * @param path ends with a slash
 * @param ranges the path itself, or disjoint prefixes below it that hold all of it: etcd counts every key of a range
 *     whatever the page, so that a large prefix is read in small ranges
 */
public record Prefix(String path, List<String> ranges) {
  public Prefix {
    if (!path.endsWith("/")) {
      throw new IllegalArgumentException("a prefix ends with a slash: " + path);
    }
    ranges = List.copyOf(ranges);
  }

  /** A prefix read as one range. */
  public static Prefix of(String path) {
    return new Prefix(path, List.of(path));
  }
}
