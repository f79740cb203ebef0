package io.infrafabric.cli.ifctl;

import com.google.protobuf.ByteString;
import io.infrafabric.chassis.v1.Contract;
import io.infrafabric.chassis.v1.ListContractsRequest;
import io.infrafabric.chassis.v1.LoadSwarmRequest;
import io.infrafabric.chassis.v1.LoadedSwarm;
import io.infrafabric.chassis.v1.UnloadSwarmRequest;
import io.infrafabric.cli.fabric.Document;
import io.infrafabric.cli.output.Table;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Swarms inside the chassis. */
@Command(name = "chassis", description = "Swarms inside the chassis.", synopsisSubcommandLabel = "VERB")
final class ChassisVerbs {
  @ParentCommand private IfctlCommand ifctl;

  @Command(name = "load", description = "Load a registered swarm's contract and module.")
  int load(
      @Parameters(paramLabel = "CONTRACT", description = "YAML or JSON.") Path contractFile,
      @Parameters(paramLabel = "MODULE", arity = "0..1", description = "WASM; without one the contract names its SHA-256.") Path module,
      @Mixin RequestId requestId) {
    String text = new String(Flags.content(contractFile), StandardCharsets.UTF_8);
    Contract contract = Document.read(contractFile.toString(), text, Contract.newBuilder()).build();
    LoadSwarmRequest.Builder request = LoadSwarmRequest.newBuilder().setRequestId(requestId.value()).setContract(contract);
    if (module != null) {
      request.setModule(ByteString.copyFrom(Flags.content(module)));
    }
    return ifctl.with(
        (clients, out) -> {
          var response = clients.contracts().loadSwarm(request.build());
          out.show(
              response, () -> contracts(List.of(LoadedSwarm.newBuilder().setContract(response.getContract()).build())));
        });
  }

  @Command(name = "unload", description = "Take no more offers for a swarm; running tasks finish.")
  int unload(@Parameters(paramLabel = "SWARM") String swarm, @Mixin RequestId requestId) {
    UnloadSwarmRequest request = UnloadSwarmRequest.newBuilder().setRequestId(requestId.value()).setSwarmId(swarm).build();
    return ifctl.with(
        (clients, out) -> out.show(clients.contracts().unloadSwarm(request), () -> Table.of("SWARM", "STATE").row(swarm, "unloaded")));
  }

  @Command(name = "list", description = "List the loaded swarms.")
  int list() {
    return ifctl.with(
        (clients, out) -> {
          List<LoadedSwarm> swarms =
              clients.contracts().listContracts(ListContractsRequest.getDefaultInstance()).getSwarmsList();
          out.showAll(swarms, () -> contracts(swarms));
        });
  }

  private static Table contracts(List<LoadedSwarm> swarms) {
    Table table = Table.of("SWARM", "VERSION", "RUNNING", "SUCCEEDED", "FAILED", "MODULE");
    for (LoadedSwarm swarm : swarms) {
      Contract contract = swarm.getContract();
      String digest = contract.getModuleSha256();
      table.row(
          contract.getSwarmId(),
          contract.getVersion(),
          swarm.getRunning(),
          swarm.getSucceeded(),
          swarm.getFailed(),
          digest.substring(0, Math.min(12, digest.length())));
    }
    return table;
  }
}
