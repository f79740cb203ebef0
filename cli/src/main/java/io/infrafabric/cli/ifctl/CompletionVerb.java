package io.infrafabric.cli.ifctl;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Tells a shell which verbs and flags there are. */
@Command(
    name = "completion",
    description = {"Write the completion of bash and zsh for fabric and its verbs:", "", "  source <(./fabric ifctl completion)", ""})
final class CompletionVerb implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    CommandLine root = spec.root().commandLine();
    System.out.println(AutoComplete.bash(root.getCommandName(), root));
    System.out.flush();
    return 0;
  }
}
