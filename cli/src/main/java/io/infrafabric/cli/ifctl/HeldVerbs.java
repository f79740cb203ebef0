package io.infrafabric.cli.ifctl;

import io.infrafabric.coordinator.v1.HeldClaim;
import io.infrafabric.coordinator.v1.ListClaimsRequest;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** The claims of a swarm that have not ended. */
@Command(name = "claim", description = "What a swarm holds.", synopsisSubcommandLabel = "VERB")
final class HeldVerbs {
  @ParentCommand private IfctlCommand ifctl;

  @Command(name = "list", description = "List what a swarm holds, parked or not, with fences and checkpoints.")
  int list(@Option(names = "--swarm", required = true) String swarm) {
    ListClaimsRequest.Builder request = ListClaimsRequest.newBuilder().setSwarmId(swarm).setPageSize(500);
    return ifctl.with(
        (clients, out) -> {
          List<HeldClaim> claims = new ArrayList<>();
          do {
            var page = clients.claims().listClaims(request.build());
            claims.addAll(page.getClaimsList());
            request.setPageToken(page.getNextPageToken());
          } while (!request.getPageToken().isEmpty());
          out.showAll(claims, () -> Shown.held(claims));
        });
  }
}
