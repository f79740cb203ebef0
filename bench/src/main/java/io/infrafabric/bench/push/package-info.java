/** How long it takes from a submit to the doorbell of a swarm and to its claim, beside bare messages on the same server. */
package io.infrafabric.bench.push;
