package io.infrafabric.cli.agent;

import java.time.Duration;
import java.util.List;

/**
 * How a program works as an agent.
 *
 * @param swarm on whose behalf
 * @param capabilities with which the swarm is registered when it is not yet
 * @param command the program and its arguments
 * @param jobs programs at once
 * @param mostTasks after which it ends; 0: never
 * @param costMicros what an attempt costs when the program does not say
 * @param ttl of the session
 * @param replace whether it takes over from a session that is alive, whose claims are lost
 * @param inherit whether it takes over from such a session with its claims, and goes on with them
 */
public record AgentSettings(
    String swarm, List<String> capabilities, List<String> command, int jobs, int mostTasks, long costMicros, Duration ttl, boolean replace, boolean inherit) {
  public AgentSettings {
    capabilities = List.copyOf(capabilities);
    command = List.copyOf(command);
  }
}
