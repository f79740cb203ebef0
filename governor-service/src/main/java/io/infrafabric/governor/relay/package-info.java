/**
 * What the governor tells the world: every change of a standing and of a breaker, published from the store's revision log;
 * bookings and warnings, published once after their transaction. A message is a doorbell, the records are the truth.
 */
package io.infrafabric.governor.relay;
