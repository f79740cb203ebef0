package io.infrafabric.kit.store;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Compares and writes that take effect together or not at all. Each written key is among the compared ones: so the
 * transaction changes what it compares, and sending it again can never commit it twice.
 */
public record Txn(List<Compare> compares, List<Write> writes) {

  /** The key was last modified at this revision; 0: it does not exist. */
  public record Compare(String key, long modRevision) {}

  /** What is done when all compares hold. */
  public sealed interface Write {
    String key();

    /** Writes the value, on a lease if it is not 0. */
    record Put(String key, ByteString value, long lease) implements Write {}

    /** Deletes the key. */
    record Delete(String key) implements Write {}
  }

  public Txn {
    compares = List.copyOf(compares);
    writes = List.copyOf(writes);
    Set<String> compared = new HashSet<>();
    for (Compare compare : compares) {
      if (!compared.add(compare.key())) {
        throw new IllegalArgumentException("compared twice: " + compare.key());
      }
    }
    for (Write write : writes) {
      if (!compared.contains(write.key())) {
        throw new IllegalArgumentException("written without a compare: " + write.key());
      }
    }
  }

  /** Only reads the keys. */
  static Txn read(Set<String> keys) {
    return new Txn(keys.stream().map(key -> new Compare(key, -1)).toList(), List.of());
  }

  /** What etcd counts of it; there are never more writes than compares. */
  int operations() {
    return compares.size();
  }

  /** Bytes of all keys and values, roughly what it takes on the wire. */
  int sizeBytes() {
    int size = 64;
    for (Compare compare : compares) {
      size += compare.key().length() * 2 + 48;
    }
    for (Write write : writes) {
      size += write.key().length() + 32;
      if (write instanceof Write.Put put) {
        size += put.value().size();
      }
    }
    return size;
  }

  /** Begins a transaction. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects compares and writes; an entry that is absent is compared as absent. */
  public static final class Builder {
    private final List<Compare> compares = new ArrayList<>();
    private final List<Write> writes = new ArrayList<>();

    /** The key must be as the view has it. */
    public Builder unchanged(View view, String key) {
      compares.add(new Compare(key, view.get(key).map(Entry::modRevision).orElse(0L)));
      return this;
    }

    /** Replaces what the view has at this key. */
    public Builder put(View view, String key, ByteString value) {
      return put(view, key, value, 0);
    }

    /** Replaces what the view has at this key, on a lease. */
    public Builder put(View view, String key, ByteString value, long lease) {
      writes.add(new Write.Put(key, value, lease));
      return unchanged(view, key);
    }

    /** Deletes what the view has at this key. */
    public Builder delete(View view, String key) {
      writes.add(new Write.Delete(key));
      return unchanged(view, key);
    }

    public Txn build() {
      return new Txn(compares, writes);
    }
  }
}
