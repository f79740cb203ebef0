/**
 * Duties that every replica sees to and the elected one first: two that act at once do no harm, because each step is a compare-and-set, but they
 * would do the same work twice. Called by the loops of the features.
 */
package io.infrafabric.coordinator.duty;
