/**
 * Seven swarms of seven simulated agents: real clients over gRPC and NATS that claim, work, fail, release and complete the
 * tasks of {@code LanePlan}.
 */
package io.infrafabric.cli.demo.swarm;
