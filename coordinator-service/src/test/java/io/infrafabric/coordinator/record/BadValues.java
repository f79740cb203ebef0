package io.infrafabric.coordinator.record;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import java.util.LinkedHashMap;
import java.util.Map;

/** Values that are no record of a kind, by what is wrong with them. */
public final class BadValues {
  private BadValues() {}

  /**
   * Four of them.
   *
   * @param good a record of the kind
   * @param other a record of another kind, about the same id if it can be
   */
  public static Map<String, ByteString> of(MessageLite good, MessageLite other) {
    ByteString bytes = good.toByteString();
    Map<String, ByteString> bad = new LinkedHashMap<>();
    bad.put("garbage", ByteString.copyFrom(new byte[] {(byte) 0xff, 0x13, (byte) 0xfe, 0x00, 0x7b, (byte) 0x99}));
    bad.put("truncated", bytes.substring(0, bytes.size() - 1));
    bad.put("foreign", other.toByteString());
    bad.put("empty", ByteString.EMPTY);
    return bad;
  }
}
