/**
 * Runs untrusted modules. Owns what a module may be ({@link io.infrafabric.chassis.sandbox.Admission}), what it may call
 * (WASI preview 1 without files, environment and network) and every limit of a run: memory, wall clock, CPU time, result and
 * log. Each run has an instance, a memory and a thread of its own, so that nothing is left for the next one.
 *
 * <p>The features contract and work call it through {@link io.infrafabric.chassis.sandbox.Engine}. The engine of today runs
 * in this process: a module that finds a way not to see the interrupt keeps a thread until the process ends. It is counted,
 * its slot is not used again, and its caller is answered in time. A wall of child processes goes behind the same port.
 */
package io.infrafabric.chassis.sandbox;
