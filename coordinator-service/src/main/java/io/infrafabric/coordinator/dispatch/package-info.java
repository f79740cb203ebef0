/**
 * Push: rings the best few swarms for each ready task, and the next ones when none of them claims. Owns nothing: an offer is a
 * doorbell, and the claim decides. Invariant I11.
 * Knows how long pushes take.
 */
package io.infrafabric.coordinator.dispatch;
