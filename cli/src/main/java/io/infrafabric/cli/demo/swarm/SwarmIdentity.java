package io.infrafabric.cli.demo.swarm;

/**
 * Under what a swarm's agents claim.
 *
 * @param swarmId the swarm
 * @param sessionId the secret of its session
 */
record SwarmIdentity(String swarmId, String sessionId) {}
