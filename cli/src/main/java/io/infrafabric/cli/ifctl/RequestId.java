package io.infrafabric.cli.ifctl;

import io.infrafabric.cli.fabric.Requests;
import picocli.CommandLine.Option;

/** The request id of a verb that changes something. */
final class RequestId {
  @Option(
      names = "--request-id",
      paramLabel = "ID",
      description = "Of a first try whose outcome is unknown: it is done once. Made when not given.")
  private String id;

  String value() {
    if (id == null) {
      id = Requests.newId();
    }
    return id;
  }
}
