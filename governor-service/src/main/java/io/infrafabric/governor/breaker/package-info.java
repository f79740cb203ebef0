/**
 * Stops a swarm from claiming: when its money is spent, when it failed too often in a row, or by hand. A success never
 * closes an open breaker; a named person does, with a reason, and with money if money was the cause. Every change is written
 * into the standing in the same transaction, on which claims fence. Called by the settlement and by operators.
 */
package io.infrafabric.governor.breaker;
