/**
 * Payloads and results that are too large for a record: in and out in pieces over gRPC, to and from the object store, for those who have no
 * NATS; and the end of those that nothing names any more. Nothing here has an object in memory whole.
 */
package io.infrafabric.coordinator.object;
