package io.infrafabric.cli.ifctl;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.infrafabric.cli.fabric.Addresses;
import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.cli.output.Format;
import io.infrafabric.cli.output.Output;
import io.infrafabric.cli.output.Table;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.GetStatusRequest;
import io.infrafabric.coordinator.v1.GetStatusResponse;
import io.infrafabric.coordinator.v1.Health;
import io.infrafabric.coordinator.v1.QuarantineStatus;
import io.infrafabric.coordinator.v1.StatusServiceGrpc;
import io.infrafabric.coordinator.v1.StoreStatus;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.CallerIdentity;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.grpc.GrpcClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** Whether the services answer. */
@Command(name = "status", description = "Show where the services are, whether they serve, and how quick claims and pushes were; exit code 4 when one does not serve.")
final class StatusVerb implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final String SERVING = "SERVING";
  private static final String COORDINATOR = "coordinator";

  /** What a service says of itself beyond that it serves: the coordinator tells of etcd's room, its claims, and what it is connected with. */
  private record Service(String name, String address, String status, Optional<GetStatusResponse> says) {}

  @ParentCommand private IfctlCommand ifctl;

  @Override
  public Integer call() {
    return ifctl.with(StatusVerb::show);
  }

  private static void show(FabricClients clients, Output out) {
    Addresses addresses = clients.addresses();
    List<Service> services =
        List.of(
            look(COORDINATOR, addresses.coordinator(), clients.caller()),
            look("governor", addresses.governor(), clients.caller()),
            look("chassis", addresses.chassis(), clients.caller()));
    print(services, out);
    List<String> away = new ArrayList<>();
    services.stream().filter(service -> !service.status().equals(SERVING)).forEach(service -> away.add(service.name()));
    if (!away.isEmpty()) {
      throw Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "not serving: " + String.join(", ", away)).asException();
    }
  }

  private static Service look(String name, String address, CallerIdentity caller) {
    if (address == null) {
      return new Service(name, "", "no address", Optional.empty());
    }
    try (GrpcClient client = GrpcClient.channel(address, PATIENCE, caller)) {
      var health = HealthGrpc.newBlockingStub(client.channel()).check(HealthCheckRequest.getDefaultInstance());
      return new Service(name, address, health.getStatus().name(), name.equals(COORDINATOR) ? says(client) : Optional.empty());
    } catch (RuntimeException away) {
      return new Service(name, address, Errors.refusalOf(away).map(Refusal::reason).orElse("FAILED"), Optional.empty());
    }
  }

  private static Optional<GetStatusResponse> says(GrpcClient coordinator) {
    return Optional.of(StatusServiceGrpc.newBlockingStub(coordinator.channel()).getStatus(GetStatusRequest.getDefaultInstance()));
  }

  private static String health(GetStatusResponse says) {
    Health health = says.getHealth();
    List<String> away = new ArrayList<>();
    if (!health.getEtcd()) {
      away.add("etcd");
    }
    if (!health.getNats()) {
      away.add("NATS");
    }
    String words = away.isEmpty() ? "HEALTHY" : "DISCONNECTED from " + String.join(" and ", away);
    QuarantineStatus quarantine = says.getQuarantine();
    return quarantine.getMoved() + quarantine.getKept() == 0
        ? words
        : words + ", unreadable records: %d moved aside, %d kept (ifctl quarantine list)".formatted(quarantine.getMoved(), quarantine.getKept());
  }

  /** Such as {@code 12 % of etcd, OPEN}. */
  private static String words(StoreStatus store) {
    long percent = store.getQuotaBytes() == 0 ? 0 : store.getUsedBytes() * 100 / store.getQuotaBytes();
    return percent + " % of etcd, " + level(store);
  }

  private static String level(StoreStatus store) {
    return store.getLevel().name().substring("STORE_LEVEL_".length());
  }

  private static void print(List<Service> services, Output out) {
    if (out.format() == Format.TABLE || out.format() == Format.CSV) {
      Table table = Table.of("SERVICE", "ADDRESS", "STATUS", "ROOM", "HEALTH", "WORK");
      services.forEach(
          service ->
              table.row(
                  service.name(),
                  service.address(),
                  service.status(),
                  service.says().map(GetStatusResponse::getStore).map(StatusVerb::words).orElse(""),
                  service.says().map(StatusVerb::health).orElse(""),
                  service.says().map(StatusFigures::totals).orElse("")));
      if (out.format() == Format.CSV) {
        out.out().print(table.csv());
        return;
      }
      table.lines().forEach(out.out()::println);
      services.stream().flatMap(service -> service.says().stream()).map(StatusFigures::times).flatMap(List::stream).forEach(out.out()::println);
      return;
    }
    JsonArray array = new JsonArray();
    for (Service service : services) {
      JsonObject one = new JsonObject();
      one.addProperty("name", service.name());
      one.addProperty("address", service.address());
      one.addProperty("status", service.status());
      service
          .says()
          .ifPresent(
              says -> {
                StoreStatus store = says.getStore();
                one.addProperty("level", level(store));
                one.addProperty("usedBytes", store.getUsedBytes());
                one.addProperty("sizeBytes", store.getSizeBytes());
                one.addProperty("quotaBytes", store.getQuotaBytes());
                one.addProperty("etcd", says.getHealth().getEtcd());
                one.addProperty("nats", says.getHealth().getNats());
                one.addProperty("quarantineMoved", says.getQuarantine().getMoved());
                one.addProperty("quarantineKept", says.getQuarantine().getKept());
                StatusFigures.json(says, one);
              });
      array.add(one);
    }
    if (out.format() == Format.JSON) {
      out.out().println(array);
    } else {
      array.forEach(out.out()::println);
    }
  }
}
