package io.infrafabric.coordinator.claim;

import io.infrafabric.names.SwarmId;

/**
 * A swarm wants a task.
 *
 * @param agent label of the member that will work on it, may be empty
 * @param another whether it wants one that it does not have yet: then only the request that made a claim gets it again,
 *     otherwise every request of the same agent
 */
public record ClaimCommand(String requestId, SwarmId swarm, String sessionId, String agent, boolean another) {}
