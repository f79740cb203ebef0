/** Typed sight of the records that decisions look at: the coordinator's own, and the governor's standing. */
package io.infrafabric.coordinator.record;
