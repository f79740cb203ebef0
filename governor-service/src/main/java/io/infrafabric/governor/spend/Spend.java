package io.infrafabric.governor.spend;

import java.time.Instant;
import java.util.Optional;

/**
 * One ended claim, or one payment for help, as it is booked.
 *
 * @param model of whoever did the work
 * @param taskClass kind of work; empty when the task had none
 * @param endNumber that of its {@link io.infrafabric.coordinator.v1.ClaimEnd}, which a newer coordinator may alone know
 * @param help paid for the help of another: no claim of the swarm that pays
 * @param unmatched of help: who helped had nothing of what it needs
 * @param refundedMicros promised and not spent
 * @param referenceMicros what it costs at the price of the reference model
 * @param claimedAt absent where it was not recorded
 * @param endedAt absent where it was not recorded
 */
public record Spend(
    String model,
    String taskClass,
    int endNumber,
    boolean help,
    boolean unmatched,
    long costMicros,
    long refundedMicros,
    long referenceMicros,
    Optional<Instant> claimedAt,
    Optional<Instant> endedAt) {}
