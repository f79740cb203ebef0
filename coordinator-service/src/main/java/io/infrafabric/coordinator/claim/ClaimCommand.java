package io.infrafabric.coordinator.claim;

import io.infrafabric.names.SwarmId;

/**
 * A swarm wants a task.
 *
 * @param agent label of the member that will work on it, may be empty
 */
public record ClaimCommand(String requestId, SwarmId swarm, String sessionId, String agent) {}
