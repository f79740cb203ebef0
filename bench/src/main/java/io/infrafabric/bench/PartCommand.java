package io.infrafabric.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Option;

/** What the sub-commands have in common: one or several parts, told as they come, and the object at the end. */
abstract class PartCommand implements Callable<Integer> {
  @Option(names = "--setting", description = "A setting of the services, such as IF_BATCH_LANES=2; may stand several times.")
  Map<String, String> settings = Map.of();

  @Option(names = "-o", description = "text, or json: the lines on stderr and one object on stdout at the end (default: ${DEFAULT-VALUE}).", defaultValue = "text")
  String output;

  /** What to run, one after the other. */
  abstract List<Part> parts();

  /** The checkout whose programs are measured. */
  static Path home() {
    return Path.of(System.getenv().getOrDefault("IF_HOME", ""));
  }

  @Override
  public Integer call() throws Exception {
    Talk talk = new Talk(output.equals("json"));
    talk.line("%s", Machine.line());
    List<String> members = new ArrayList<>();
    boolean whole = true;
    for (Part part : parts()) {
      Part.Outcome outcome = part.run(talk);
      members.addAll(outcome.members());
      whole &= outcome.whole();
    }
    talk.end(members);
    return whole ? 0 : 1;
  }
}
