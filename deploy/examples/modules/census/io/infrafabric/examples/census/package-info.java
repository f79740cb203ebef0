/** The example swarm {@code census}: a module in Java, compiled to WebAssembly by the build of chassis-service. */
package io.infrafabric.examples.census;
