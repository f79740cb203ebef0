/**
 * Does the work of the swarms that are loaded: keeps their sessions, hears their doorbells, claims, executes in the sandbox,
 * and ends each claim with what was measured. Follows the contracts; one chassis of a cell does so at a time.
 *
 * <p>Every call to the coordinator has a request id and is sent again under it until there is an answer, so a lost answer
 * never claims or ends a task twice. A claim whose fence is stale is dropped.
 */
package io.infrafabric.chassis.work;
