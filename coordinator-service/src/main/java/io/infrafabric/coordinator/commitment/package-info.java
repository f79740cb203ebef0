/** What a swarm has promised: open claims, and ended ones until the governor has booked them; and money set aside for its help. Invariant I7. */
package io.infrafabric.coordinator.commitment;
