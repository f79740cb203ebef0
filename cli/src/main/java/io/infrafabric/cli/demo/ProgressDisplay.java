package io.infrafabric.cli.demo;

import io.infrafabric.cli.demo.census.CensusJob;
import io.infrafabric.cli.demo.swarm.SwarmJob;
import io.infrafabric.cli.output.Talk;
import io.infrafabric.kit.lifecycle.Periodic;
import java.time.Duration;
import java.util.Locale;

/** Shows how far the work is: in place on a terminal, else a line every two seconds. */
final class ProgressDisplay implements AutoCloseable {
  private final Talk talk;
  private final CensusJob census;
  private final SwarmJob swarms;
  private final long start = System.nanoTime();
  private final Periodic periodic;

  ProgressDisplay(Talk talk, CensusJob census, SwarmJob swarms) {
    this.talk = talk;
    this.census = census;
    this.swarms = swarms;
    this.periodic = Periodic.start("progress", Duration.ofMillis(talk.isTerminal() ? 200 : 2_000), () -> talk.status(line()));
  }

  private String line() {
    return String.format(
        Locale.ROOT,
        "%5.1f s  census %d/%d  lanes %d/%d  claims of the agents %d",
        (System.nanoTime() - start) / 1e9,
        census.endedCount(),
        census.size(),
        swarms.endedCount(),
        swarms.size(),
        swarms.claims().count());
  }

  @Override
  public void close() {
    periodic.close();
    talk.say(line());
  }
}
