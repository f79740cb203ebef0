package io.infrafabric.cli.ifctl;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.cli.output.Output;
import io.infrafabric.cli.output.Table;
import io.infrafabric.coordinator.v1.CloseSessionRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import java.util.Optional;
import java.util.function.BiConsumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Sessions: a swarm's proof of life. */
@Command(
    name = "session",
    description = "A swarm's proof of life.",
    synopsisSubcommandLabel = "VERB",
    subcommands = {StatusVerbs.ListVerb.class, StatusVerbs.GetVerb.class, StatusVerbs.ExportVerb.class})
final class SessionVerbs {
  @ParentCommand private IfctlCommand ifctl;

  /** Runs a verb with clients and an output, and returns its exit code. */
  int with(BiConsumer<FabricClients, Output> verb) {
    return ifctl.with(verb);
  }

  @Command(name = "open", description = "Open the session of a registered swarm.")
  int open(
      @Parameters(paramLabel = "SWARM") String swarm,
      @Option(names = "--ttl", converter = Flags.SpanFlag.class, paramLabel = "SPAN", description = "2s to 5m; 10s by default.") Duration ttl,
      @Option(names = "--replace", description = "Take over from a live session; its claims are lost.") boolean replace,
      @Option(names = "--inherit", description = "Take over from a live session with its claims; `claim list` tells them.") boolean inherit,
      @Mixin RequestId requestId) {
    OpenSessionRequest.Builder request =
        OpenSessionRequest.newBuilder().setRequestId(requestId.value()).setSwarmId(swarm).setReplace(replace).setInherit(inherit);
    if (ttl != null) {
      request.setTtl(ttl);
    }
    return ifctl.with(
        (clients, out) -> {
          var session = clients.sessions().openSession(request.build());
          out.show(
              session,
              () ->
                  Table.of("SESSION", "TTL", "OFFERS", "INHERITED")
                      .row(session.getSessionId(), Durations.toString(session.getTtl()), session.getOfferSubject(), session.getInheritedClaims()));
        });
  }

  @Command(name = "keepalive", description = "Say that the swarm lives.")
  int keepalive(
      @Parameters(paramLabel = "SWARM") String swarm,
      @Option(names = "--session", required = true) String session,
      @Option(names = "--note", description = "For whoever asks how it is.") String note,
      @Option(names = "--unblocked-at", converter = Flags.TimeFlag.class, paramLabel = "TIME", description = "When it thinks to be able to go on.") Timestamp unblockedAt,
      @Mixin RequestId requestId) {
    KeepAliveRequest.Builder said = KeepAliveRequest.newBuilder().setRequestId(requestId.value()).setSwarmId(swarm).setSessionId(session);
    Optional.ofNullable(note).ifPresent(said::setNote);
    Optional.ofNullable(unblockedAt).ifPresent(said::setEstimatedUnblock);
    KeepAliveRequest request = said.build();
    return ifctl.with(
        (clients, out) -> {
          var response = clients.sessions().keepAlive(request);
          out.show(response, () -> Table.of("SWARM", "TTL").row(swarm, Durations.toString(response.getTtl())));
        });
  }

  @Command(name = "close", description = "End a session at once; its claims go back.")
  int close(
      @Parameters(paramLabel = "SWARM") String swarm,
      @Option(names = "--session", required = true) String session,
      @Mixin RequestId requestId) {
    CloseSessionRequest request =
        CloseSessionRequest.newBuilder().setRequestId(requestId.value()).setSwarmId(swarm).setSessionId(session).build();
    return ifctl.with(
        (clients, out) -> out.show(clients.sessions().closeSession(request), () -> Table.of("SWARM", "SESSION").row(swarm, "closed")));
  }
}
