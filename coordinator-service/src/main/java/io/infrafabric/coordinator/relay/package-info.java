/** From etcd to the world: every change of a task as a fact on JetStream. */
package io.infrafabric.coordinator.relay;
