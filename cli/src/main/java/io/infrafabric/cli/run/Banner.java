package io.infrafabric.cli.run;

import io.infrafabric.cli.fabric.Addresses;
import io.infrafabric.local.FabricRecord;
import java.nio.file.Files;
import java.nio.file.Path;

/** What {@code up} tells: where the doors are, and what to try. */
final class Banner {
  private Banner() {}

  static String of(FabricRecord fabric, String stop) {
    Addresses addresses = Addresses.of(fabric);
    Path traces = fabric.folder().resolve("traces.jsonl");
    return """
        InfraFabric is up.

          coordinator  %s  (gRPC)
          governor     %s  (gRPC)
          chassis      %s  (gRPC)
          NATS_URL=%s
          etcd         %s
          logs         %s
          traces       %s

        Try:
          ./fabric ifctl status
          ./fabric ifctl task submit hello --capability text:shout --max-cost 0 --payload hello   # for the README's first swarm
          ./fabric ifctl task list
          nats --server %s sub 'if.v1.>'

        %s
        """
        .formatted(
            addresses.coordinator(),
            addresses.governor(),
            addresses.chassis(),
            addresses.nats(),
            fabric.etcdEndpoint(),
            fabric.folder().resolve("logs"),
            Files.exists(traces) ? traces : System.getenv().getOrDefault("OTEL_EXPORTER_OTLP_ENDPOINT", "nowhere"),
            addresses.nats(),
            stop);
  }
}
