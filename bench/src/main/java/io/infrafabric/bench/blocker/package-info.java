/** How long it takes from a swarm's blocker to an orchestrator and to a helper's doorbell, beside a bare message and a raw transaction. */
package io.infrafabric.bench.blocker;
