/**
 * What a swarm sees of a task that is not its own (I14). {@link io.infrafabric.coordinator.privacy.PrivacyRules} decides, by what etcd says and
 * by nothing that rang on NATS. Called where a swarm reads tasks.
 */
package io.infrafabric.coordinator.privacy;
