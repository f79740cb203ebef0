/** Sessions: a swarm's proof of life. A claim is held under one and lost with it. Owns {@code sessions/}. */
package io.infrafabric.coordinator.session;
