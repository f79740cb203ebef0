/**
 * Claims: taking a task, reporting on it, ending it. A claim is one transaction over the task, the session, the standing and
 * the commitments of the swarm. Invariants I1, I3, I4, I5, I6, I7.
 */
package io.infrafabric.coordinator.claim;
