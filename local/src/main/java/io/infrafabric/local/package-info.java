/**
 * The fabric on one machine: etcd, NATS and the three services as child processes.
 *
 * <p>Owns: ports, folders, configuration files, logs and process ids of a local run, and the record
 * of it ({@link io.infrafabric.local.FabricRecord}) by which another program finds and stops it.
 *
 * <p>Invariants: only processes started here are ever signalled, each by its own process id; a
 * server keeps its ports and its data over stop, kill and start; nothing listens beyond loopback;
 * no child outlives the JVM unless it was detached on purpose.
 *
 * <p>Callers: the CLI ({@code demo}, {@code up}, {@code down}), the testkit's backends, bench and
 * the black-box scenarios.
 */
package io.infrafabric.local;
