package io.infrafabric.kit.store;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;

/** What is said to whoever asks for something that rests on an unreadable record. */
public final class UnreadableRefusal {
  private UnreadableRefusal() {}

  /** Names the key, its revision and the fault. */
  public static Refusal of(Unreadable found) {
    return Refusal.of(
            ErrorCode.ERROR_CODE_RECORD_UNREADABLE,
            "the record at %s of revision %d cannot be read: %s".formatted(found.entry().key(), found.entry().modRevision(), found.fault()))
        .with("key", found.entry().key())
        .with("revision", found.entry().modRevision());
  }
}
