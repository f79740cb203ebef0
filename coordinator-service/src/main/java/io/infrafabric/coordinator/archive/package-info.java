/**
 * Ended tasks: their records go to the stream IF_ARCHIVE and out of etcd, where a line remains by which an id is not used
 * again and a dependant finds out how the task ended. Owns {@code archive/}. Invariants I2, I6.
 */
package io.infrafabric.coordinator.archive;
