/** Completed jobs a second of InfraFabric beside other queues, each with its own durable settings, in turn on the same machine. */
package io.infrafabric.bench.rival;
