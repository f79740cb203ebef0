/**
 * NATS as every service uses it: hints on core subjects, durable facts on JetStream, objects by digest, and gRPC methods
 * mirrored as micro services. {@link io.infrafabric.kit.nats.Bus} is the port; {@link io.infrafabric.kit.nats.NatsBus}
 * the adapter. A message may be lost, doubled or reordered and costs only latency: the truth is in etcd. Nothing blocks
 * in a callback of jnats, no queue is unbounded, and every drop is counted.
 */
package io.infrafabric.kit.nats;
