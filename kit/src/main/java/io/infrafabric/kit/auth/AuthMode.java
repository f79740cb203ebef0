package io.infrafabric.kit.auth;

/** Whether callers must say who they are. */
public enum AuthMode {
  /** Anybody who reaches the service may do everything: for one machine. */
  OFF,
  /** Every call but health needs a token. */
  REQUIRED
}
