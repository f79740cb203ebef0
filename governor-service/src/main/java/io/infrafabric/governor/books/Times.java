package io.infrafabric.governor.books;

import com.google.protobuf.Timestamp;
import java.time.Instant;

/** Instants as they stand in records. */
public final class Times {
  private Times() {}

  /** The instant as a protobuf timestamp. */
  public static Timestamp of(Instant instant) {
    return Timestamp.newBuilder().setSeconds(instant.getEpochSecond()).setNanos(instant.getNano()).build();
  }
}
