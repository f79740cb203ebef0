package io.infrafabric.governor.budget;

import io.infrafabric.governor.v1.DatedTokenPrice;
import java.util.Optional;

/**
 * What a charge comes to.
 *
 * @param micros micro-dollars
 * @param price that tokens were charged at; empty for an amount
 */
record Cost(long micros, Optional<DatedTokenPrice> price) {}
