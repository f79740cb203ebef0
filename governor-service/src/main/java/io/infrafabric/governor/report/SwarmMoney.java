package io.infrafabric.governor.report;

import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.SpendRecord;
import io.infrafabric.governor.v1.Standing;
import java.util.List;
import java.util.Map;

/**
 * What is known of the money of one swarm at one moment.
 *
 * @param label under which account its spend is reported
 * @param committedMicros promised or not yet booked, by kind of work
 * @param spend what was booked, by day
 */
record SwarmMoney(Standing standing, Account account, String label, Map<String, Long> committedMicros, List<SpendRecord> spend) {
  SwarmMoney {
    committedMicros = Map.copyOf(committedMicros);
    spend = List.copyOf(spend);
  }
}
