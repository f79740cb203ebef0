package io.infrafabric.cli.ifctl;

import io.infrafabric.cli.output.Table;
import io.infrafabric.common.v1.QuarantinedRecord;
import io.infrafabric.coordinator.v1.DropQuarantinedRequest;
import io.infrafabric.coordinator.v1.ListQuarantinedRequest;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Records in etcd that no service can read. */
@Command(name = "quarantine", description = "Records in etcd that could not be read.", synopsisSubcommandLabel = "VERB")
final class QuarantineVerbs {
  @ParentCommand private IfctlCommand ifctl;

  @Command(name = "list", description = "List them: those that were moved aside, and those that are kept and deny.")
  int list() {
    return ifctl.with(
        (clients, out) -> {
          List<QuarantinedRecord> records = new ArrayList<>();
          ListQuarantinedRequest.Builder request = ListQuarantinedRequest.newBuilder().setPageSize(500);
          do {
            var page = clients.status().listQuarantined(request.build());
            records.addAll(page.getRecordsList());
            request.setPageToken(page.getNextPageToken());
          } while (!request.getPageToken().isEmpty());
          out.showAll(records, () -> table(records));
        });
  }

  @Command(name = "drop", description = "Delete the copy of one that was moved aside, for good.")
  int drop(
      @Parameters(paramLabel = "KEY") String key,
      @Option(names = "--revision", required = true, description = "As list tells it.") long revision,
      @Mixin RequestId requestId) {
    DropQuarantinedRequest request =
        DropQuarantinedRequest.newBuilder().setRequestId(requestId.value()).setKey(key).setRevision(revision).build();
    return ifctl.with(
        (clients, out) -> {
          var response = clients.status().dropQuarantined(request);
          out.show(response, () -> table(response.hasDropped() ? List.of(response.getDropped()) : List.of()));
        });
  }

  private static Table table(List<QuarantinedRecord> records) {
    Table table = Table.of("KEY", "REVISION", "FATE", "SERVICE", "FOUND", "FAULT");
    for (QuarantinedRecord record : records) {
      table.row(
          record.getKey(),
          String.valueOf(record.getRevision()),
          record.getKept() ? "KEPT" : "MOVED",
          record.getService(),
          Shown.time(record.getAt()),
          record.getFault());
    }
    return table;
  }
}
