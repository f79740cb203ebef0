/**
 * Blockers: a swarm that cannot go on says so. Its task is parked with claim and fence, others are asked to help and are paid out of the cap
 * of the parked task, and the holder goes on when the help is done. Owns {@code blockers/}; a blocker is resolved in the same transaction in
 * which its task learns of it. Invariants I2, I4, I6, I7.
 */
package io.infrafabric.coordinator.blocker;
