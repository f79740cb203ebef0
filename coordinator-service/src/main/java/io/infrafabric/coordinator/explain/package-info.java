/**
 * Why a task does not run: what holds it back, and what each swarm lacks. Reads everything and writes nothing; what it says of a swarm is
 * what a claim by that swarm would be judged by.
 */
package io.infrafabric.coordinator.explain;
