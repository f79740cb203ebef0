package io.infrafabric.kit.store;

import com.google.common.collect.Maps;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Entries by key: hashed, because decisions look keys up all the time, and in order for lists. A new version of an entry, by far
 * the most frequent change, does not touch the order. Written by one thread, read by any.
 */
final class Copy {
  private final ConcurrentHashMap<String, Place> places = new ConcurrentHashMap<>();
  private final ConcurrentSkipListMap<String, Place> ordered = new ConcurrentSkipListMap<>();

  private static final class Place {
    volatile Entry entry;

    Place(Entry entry) {
      this.entry = entry;
    }
  }

  /** The entry, or null. */
  Entry get(String key) {
    Place place = places.get(key);
    return place == null ? null : place.entry;
  }

  /** Puts a version; answers the one before, or null. */
  Entry put(Entry entry) {
    Place place = places.get(entry.key());
    if (place != null) {
      Entry before = place.entry;
      place.entry = entry;
      return before;
    }
    Place fresh = new Place(entry);
    places.put(entry.key(), fresh);
    ordered.put(entry.key(), fresh);
    return null;
  }

  /** Takes an entry away; answers it, or null. */
  Entry remove(String key) {
    Place place = places.remove(key);
    ordered.remove(key);
    return place == null ? null : place.entry;
  }

  /** The entries in order from a key on, with it or without, and before another key; a live view. */
  NavigableMap<String, Entry> between(String from, boolean with, String before) {
    return Collections.unmodifiableNavigableMap(Maps.transformValues(ordered.subMap(from, with, before, false), place -> place.entry));
  }
}
