/** How this coordinator is: what it holds, what it has done since it started, and whether etcd and NATS are there. Measured in this process. */
package io.infrafabric.coordinator.status;
