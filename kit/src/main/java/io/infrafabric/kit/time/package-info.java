/** Instants and durations between Java and protobuf. */
package io.infrafabric.kit.time;
