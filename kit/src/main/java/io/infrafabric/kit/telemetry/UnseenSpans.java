package io.infrafabric.kit.telemetry;

import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;

/**
 * Does nothing with spans. Without any processor the SDK makes no trace ids; a task's record and witness entries need
 * one even where nothing is exported.
 */
final class UnseenSpans implements SpanProcessor {
  @Override
  public void onStart(Context parent, ReadWriteSpan span) {
    // Nobody looks.
  }

  @Override
  public boolean isStartRequired() {
    return false;
  }

  @Override
  public void onEnd(ReadableSpan span) {
    // Nobody looks.
  }

  @Override
  public boolean isEndRequired() {
    return false;
  }
}
