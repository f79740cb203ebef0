package io.infrafabric.cli;

import io.infrafabric.cli.demo.DemoCommand;
import io.infrafabric.cli.ifctl.IfctlCommand;
import io.infrafabric.cli.output.ErrorReport;
import io.infrafabric.cli.run.DownCommand;
import io.infrafabric.cli.run.UpCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The program of {@code ./fabric demo | up | down | ifctl}. */
@Command(
    name = "fabric",
    description = "InfraFabric: coordinates swarms of autonomous agents.",
    subcommands = {DemoCommand.class, UpCommand.class, DownCommand.class, IfctlCommand.class},
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "VERB")
public final class Main {
  private Main() {}

  /** Runs one verb and ends the process with its exit code. */
  public static void main(String[] args) {
    configureLogging(System.getenv("IF_DEBUG"));
    System.exit(run(args));
  }

  /** Runs one verb and returns its exit code. */
  public static int run(String... args) {
    var errors = new ErrorReport(args, System.getenv("IF_DEBUG") != null);
    return new CommandLine(new Main())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler((failure, command, parsed) -> errors.failed(failure))
        .setParameterExceptionHandler((failure, rest) -> errors.misused(failure))
        .execute(args);
  }

  private static void configureLogging(String debug) {
    System.setProperty("logback.configurationFile", "cli-logback.xml");
    if (debug != null) {
      System.setProperty("cli.log.level", debug.matches("(?i)error|warn|info|debug|trace") ? debug : "WARN");
    }
  }
}
