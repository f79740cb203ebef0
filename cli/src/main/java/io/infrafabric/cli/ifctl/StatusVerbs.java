package io.infrafabric.cli.ifctl;

import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.cli.migrate.StatusFiles;
import io.infrafabric.cli.output.Output;
import io.infrafabric.coordinator.v1.GetPlanRequest;
import io.infrafabric.coordinator.v1.GetSessionRequest;
import io.infrafabric.coordinator.v1.ListSessionsRequest;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.Session;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** The verbs of {@code session} that tell what swarms do now. */
final class StatusVerbs {
  private StatusVerbs() {}

  /** Lists them. */
  @Command(name = "list", description = "List what the swarms with a session do now.")
  static final class ListVerb implements Callable<Integer> {
    @ParentCommand private SessionVerbs session;

    @Option(names = "--away", description = "Registered swarms without a session, too.")
    private boolean away;

    @Option(names = "--watch", description = "Then every change, until Ctrl-C.")
    private boolean watch;

    @Override
    public Integer call() {
      if (watch) {
        return session.with((clients, out) -> follow(out, clients, each -> sessions(each, away)));
      }
      return session.with(
          (clients, out) -> {
            List<Session> sessions = sessions(clients, away);
            out.showAll(sessions, () -> Shown.sessions(sessions));
          });
    }
  }

  /** Tells of one. */
  @Command(name = "get", description = "Show what a swarm does now.")
  static final class GetVerb implements Callable<Integer> {
    @ParentCommand private SessionVerbs session;

    @Parameters(paramLabel = "SWARM")
    private String swarm;

    @Option(names = "--watch", description = "Then every change, until Ctrl-C.")
    private boolean watch;

    @Override
    public Integer call() {
      if (watch) {
        return session.with((clients, out) -> follow(out, clients, each -> List.of(one(each))));
      }
      return session.with(
          (clients, out) -> {
            Session found = one(clients);
            out.show(found, () -> Shown.sessions(List.of(found)));
          });
    }

    private Session one(FabricClients clients) {
      return clients.sessions().getSession(GetSessionRequest.newBuilder().setSwarmId(swarm).build()).getSession();
    }
  }

  /** Writes them as the predecessor's files. */
  @Command(
      name = "export",
      description = {
        "Write STATUS files as sessions that are coordinated by polling git leave them: of each swarm what it does now, and of each phase of",
        "a plan that `plan import` made and that is completed that it is done.",
        ""
      })
  static final class ExportVerb implements Callable<Integer> {
    @ParentCommand private SessionVerbs session;

    @Parameters(paramLabel = "FOLDER", description = "Is made when it is not there; files of the same names are replaced.")
    private Path folder;

    @Option(names = "--plan", split = ",", description = "Whose completed phases are told; repeatable.")
    private List<String> plans = List.of();

    @Override
    public Integer call() {
      return session.with(
          (clients, out) -> {
            List<Plan> found =
                plans.stream().map(id -> clients.plans().getPlan(GetPlanRequest.newBuilder().setPlanId(id).build()).getPlan()).toList();
            List<Path> written = StatusFiles.write(folder, sessions(clients, true), found);
            out.showNames(written.stream().map(Path::toString).toList(), "FILE");
          });
    }
  }

  private static List<Session> sessions(FabricClients clients, boolean away) {
    List<Session> sessions = new ArrayList<>();
    ListSessionsRequest.Builder request = ListSessionsRequest.newBuilder().setPageSize(500).setIncludeAway(away);
    do {
      var page = clients.sessions().listSessions(request.build());
      sessions.addAll(page.getSessionsList());
      request.setPageToken(page.getNextPageToken());
    } while (!request.getPageToken().isEmpty());
    return sessions;
  }

  /** Does not end by itself; signs of life alone are no news. */
  private static void follow(Output out, FabricClients clients, Function<FabricClients, List<Session>> look) {
    new Follow<Session>(out, Session::getSwarmId, session -> session.toBuilder().clearLastSeen().build(), session -> true, Shown::line)
        .untilInterrupted(() -> look.apply(clients));
  }
}
