package io.infrafabric.cli.ifctl;

import com.google.protobuf.Duration;
import com.google.protobuf.util.Durations;
import io.infrafabric.cli.agent.AgentSettings;
import io.infrafabric.cli.agent.ProgramAgent;
import io.infrafabric.cli.output.Money;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Any program as an agent. */
@Command(name = "agent", description = "Work for a swarm.", synopsisSubcommandLabel = "VERB", subcommands = AgentVerbs.RunVerb.class)
final class AgentVerbs {
  @ParentCommand private IfctlCommand ifctl;

  /** Runs one. */
  @Command(
      name = "run",
      description = {
        "Run a program for each task that a swarm gets: its standard input is the payload, its standard output the result.",
        "",
        "Exit code 0 completes the task, 65 fails it for good, 75 gives it back undone, any other fails the attempt. The last line on",
        "standard error is the reason. The program is killed, with all that it started, when its claim is lost or the task is cancelled.",
        "Whatever it writes counts as progress. It finds IF_TASK_ID, IF_SWARM_ID, IF_ATTEMPT, IF_FENCE, IF_MAX_COST_MICROS and TRACEPARENT",
        "in its environment, and may write what it cost, in dollars, to the file IF_COST_FILE.",
        "The file IF_CHECKPOINT_FILE has what the last holder has noted, if it did; what it is replaced with is kept with the task.",
        ""
      })
  static final class RunVerb implements Callable<Integer> {
    private static final int MOST_JOBS = 256;

    @ParentCommand private AgentVerbs agent;

    @Option(names = "--swarm", required = true, description = "Registered with the capabilities when it is not yet.")
    private String swarm;

    @Option(names = {"-c", "--capability"}, required = true, split = ",", description = "What the program can do; repeatable.")
    private List<String> capabilities;

    @Option(names = "--jobs", defaultValue = "1", paramLabel = "N", description = "Programs at once (default ${DEFAULT-VALUE}).")
    private int jobs;

    @Option(names = "--max-tasks", paramLabel = "N", description = "End after so many tasks.")
    private int mostTasks;

    @Option(
        names = "--cost",
        converter = Flags.MoneyFlag.class,
        paramLabel = "USD",
        defaultValue = "0",
        description = "What an attempt costs unless the program says.")
    private Money cost;

    @Option(names = "--ttl", converter = Flags.SpanFlag.class, paramLabel = "SPAN", defaultValue = "10s", description = "Of the session (default ${DEFAULT-VALUE}).")
    private Duration ttl;

    @Option(names = "--replace", description = "Take over from a live session; its claims are lost.")
    private boolean replace;

    @Option(names = "--inherit", description = "Take over from a live session with its claims, and go on with them: for an agent that is started again after a crash.")
    private boolean inherit;

    @Parameters(paramLabel = "COMMAND", arity = "1..*", description = "The program and its arguments, after --.")
    private List<String> command;

    @Override
    public Integer call() {
      if (jobs < 1 || jobs > MOST_JOBS || mostTasks < 0) {
        throw Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "--jobs is 1 to %d, --max-tasks at least 1".formatted(MOST_JOBS)).asException();
      }
      AgentSettings settings =
          new AgentSettings(
              swarm, capabilities, command, jobs, mostTasks, cost.micros(), java.time.Duration.ofMillis(Durations.toMillis(ttl)), replace, inherit);
      return agent.ifctl.with(
          (clients, out) -> {
            ProgramAgent worker = new ProgramAgent(clients, settings, out, System.err::println);
            Thread onSignal = new Thread(() -> stop(worker), "agent-stop");
            Runtime.getRuntime().addShutdownHook(onSignal);
            try {
              worker.run();
              Runtime.getRuntime().removeShutdownHook(onSignal);
            } catch (InterruptedException ended) {
              Thread.currentThread().interrupt();
            } catch (IllegalStateException signalled) {
              // The hook is at work.
            }
          });
    }

    private static void stop(ProgramAgent worker) {
      try {
        worker.stop();
      } catch (InterruptedException ended) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
