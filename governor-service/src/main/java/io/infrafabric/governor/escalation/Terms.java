package io.infrafabric.governor.escalation;

import java.time.Duration;
import java.util.List;

/**
 * What an escalation is raised with.
 *
 * @param deadline how long a person has to decide
 * @param keep how long it is kept when it is decided
 * @param links templates of links
 * @param sinks names of the webhooks that are to be told
 */
record Terms(Duration deadline, Duration keep, List<String> links, List<String> sinks) {
  Terms {
    links = List.copyOf(links);
    sinks = List.copyOf(sinks);
  }

  /** The same, kept for a shorter time. */
  Terms keptFor(Duration shorter) {
    return new Terms(deadline, shorter, links, sinks);
  }

  static Terms of(EscalationSettings settings, List<String> sinks) {
    return new Terms(settings.deadline(), settings.keep(), settings.links(), sinks);
  }
}
