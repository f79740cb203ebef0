package io.infrafabric.kit.store;

import com.google.common.collect.Iterables;
import com.google.common.collect.Maps;
import java.util.Collection;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Entries by key: hashed, because decisions look keys up all the time, and in order for lists. A new version of an entry, by far
 * the most frequent change, does not touch the order. What cannot be read stands apart, so that nobody meets it unawares. Written by one
 * thread, read by any.
 */
final class Copy {
  private final ConcurrentHashMap<String, Place> places = new ConcurrentHashMap<>();
  private final ConcurrentSkipListMap<String, Place> ordered = new ConcurrentSkipListMap<>();

  private final ConcurrentHashMap<String, Unreadable> unreadable = new ConcurrentHashMap<>();

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

  /** The value that cannot be read, or null. */
  Unreadable unreadable(String key) {
    return unreadable.get(key);
  }

  /** All values that cannot be read; a live view. */
  Collection<Unreadable> unreadable() {
    return Collections.unmodifiableCollection(unreadable.values());
  }

  /** The entry, readable or not, or null. */
  Entry known(String key) {
    Unreadable apart = unreadable.get(key);
    return apart == null ? get(key) : apart.entry();
  }

  /** Every entry under a prefix, readable or not; a live view. */
  Iterable<Entry> knownUnder(String prefix) {
    return Iterables.concat(
        between(prefix, true, prefix + Character.MAX_VALUE).values(),
        Iterables.filter(Iterables.transform(unreadable.values(), Unreadable::entry), entry -> entry.key().startsWith(prefix)));
  }

  /** Puts a version apart; its key has nothing to read any more. */
  void apart(Unreadable found) {
    String key = found.entry().key();
    unreadable.put(key, found);
    places.remove(key);
    ordered.remove(key);
  }

  /** Puts a version that can be read. */
  void put(Entry entry) {
    Place place = places.get(entry.key());
    if (place == null) {
      Place fresh = new Place(entry);
      places.put(entry.key(), fresh);
      ordered.put(entry.key(), fresh);
    } else {
      place.entry = entry;
    }
    unreadable.remove(entry.key());
  }

  /** Takes an entry away, readable or not. */
  void remove(String key) {
    unreadable.remove(key);
    places.remove(key);
    ordered.remove(key);
  }

  /** The entries in order from a key on, with it or without, and before another key; a live view. */
  NavigableMap<String, Entry> between(String from, boolean with, String before) {
    return Collections.unmodifiableNavigableMap(Maps.transformValues(ordered.subMap(from, with, before, false), place -> place.entry));
  }
}
