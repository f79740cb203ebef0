package io.infrafabric.governor.registry;

/** How much the signatures of manifests matter. */
public enum SignatureMode {
  /** Nobody looks at them. */
  OFF,
  /** One that is there must be good, and a manifest without one never replaces one with it. */
  VERIFY,
  /** Every manifest must have a good one. */
  REQUIRED
}
