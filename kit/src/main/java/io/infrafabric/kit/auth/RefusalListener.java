package io.infrafabric.kit.auth;

import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.error.Refusal;
import java.util.Optional;

/** Hears of every call that was refused at a door. */
@FunctionalInterface
public interface RefusalListener {
  /** Hears nothing. */
  RefusalListener NONE = (method, refusal, caller, trace) -> {};

  /**
   * A call was refused; returns at once.
   *
   * @param method its full name
   * @param caller as far as a token says, whose signature was good
   */
  void onRefused(String method, Refusal refusal, Optional<Principal> caller, TraceContext trace);
}
