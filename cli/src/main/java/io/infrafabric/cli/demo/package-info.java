/**
 * {@code demo}: a whole fabric at work on real input, and the judgement of what it did. {@code census} counts a source tree
 * through a module in the chassis, {@code swarm} simulates swarms of agents, {@code history} judges claims from etcd's own
 * revisions.
 */
package io.infrafabric.cli.demo;
