/**
 * Stops a swarm from claiming, as a whole or what requires one capability: when its money is spent, when it failed or stood still too often in a
 * row, when it does worse than it promised, or by hand. A success never closes an open breaker; a named person does, with a reason, and with money
 * if money was the cause, or the one probe that the policy may let through. Every change is written into the standing in the same transaction, on
 * which claims fence. Called by the settlement, by facts about SLOs, by the clock and by operators.
 */
package io.infrafabric.governor.breaker;
