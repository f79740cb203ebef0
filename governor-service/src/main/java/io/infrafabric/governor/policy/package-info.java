/**
 * The policy: puts documents in force as revisions, one transaction each, keeps the last ones, and goes back to any of them. Everybody who
 * decides by it copies policy/current and so follows within the time of a watch. Called by operators.
 */
package io.infrafabric.governor.policy;
