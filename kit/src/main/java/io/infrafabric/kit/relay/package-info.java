/**
 * From commit to world: publishes what was committed to the store, at least once and in revision order, and knows after any
 * failure where to go on. The store's revision log is the outbox; nothing is written twice.
 */
package io.infrafabric.kit.relay;
