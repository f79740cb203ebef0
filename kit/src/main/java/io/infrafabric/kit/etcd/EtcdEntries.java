package io.infrafabric.kit.etcd;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.infrafabric.kit.store.Entry;
import java.nio.charset.StandardCharsets;

/** The shapes of jetcd, and of etcd's own messages, as ours. */
final class EtcdEntries {
  private EtcdEntries() {}

  static Entry entry(KeyValue kv) {
    return new Entry(
        kv.getKey().toString(StandardCharsets.UTF_8),
        UnsafeByteOperations.unsafeWrap(kv.getValue().getBytes()),
        kv.getCreateRevision(),
        kv.getModRevision(),
        kv.getLease());
  }

  static Entry entry(io.etcd.jetcd.api.KeyValue kv) {
    return new Entry(kv.getKey().toStringUtf8(), kv.getValue(), kv.getCreateRevision(), kv.getModRevision(), kv.getLease());
  }

  /** The first key after all keys with this prefix, which ends with a slash. */
  static ByteSequence endOf(String prefix) {
    byte[] end = prefix.getBytes(StandardCharsets.UTF_8);
    end[end.length - 1]++;
    return ByteSequence.from(ByteString.copyFrom(end));
  }
}
