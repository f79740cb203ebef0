package io.infrafabric.local;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Who listens where and who is told about whom, decided before anything is started. */
final class ServiceWiring {
  /** One service to be started. */
  record Service(String name, ServiceKind kind, int port, Map<String, String> settings) {}

  private final String etcdEndpoints;
  private final String natsUrl;
  private final int governorPort = FreePorts.next();
  private final int chassisPort = FreePorts.next();
  private final List<Integer> coordinatorPorts = new ArrayList<>();

  ServiceWiring(String etcdEndpoints, String natsUrl, int coordinators) {
    if (coordinators < 1) {
      throw new IllegalArgumentException("a fabric has at least one coordinator");
    }
    this.etcdEndpoints = etcdEndpoints;
    this.natsUrl = natsUrl;
    for (int i = 0; i < coordinators; i++) {
      coordinatorPorts.add(FreePorts.next());
    }
  }

  /** Returns the governor, the coordinators and the chassis with all their settings. */
  List<Service> services() {
    var toGovernor = Map.entry("IF_GOVERNOR_TARGET", target(governorPort));
    var toCoordinator =
        Map.entry(
            "IF_COORDINATOR_TARGET",
            coordinatorPorts.stream().map(ServiceWiring::target).collect(Collectors.joining(",")));
    var services = new ArrayList<Service>();
    services.add(service(ServiceKind.GOVERNOR, 1, governorPort, List.of(toCoordinator)));
    for (int i = 0; i < coordinatorPorts.size(); i++) {
      services.add(
          service(ServiceKind.COORDINATOR, i + 1, coordinatorPorts.get(i), List.of(toGovernor)));
    }
    services.add(service(ServiceKind.CHASSIS, 1, chassisPort, List.of(toGovernor, toCoordinator)));
    return services;
  }

  private Service service(
      ServiceKind kind, int number, int port, List<Map.Entry<String, String>> targets) {
    String name = kind.label() + "-" + number;
    var settings = new HashMap<String, String>();
    settings.put("IF_ETCD_ENDPOINTS", etcdEndpoints);
    settings.put("IF_NATS_URL", natsUrl);
    settings.put("IF_GRPC_HOST", "127.0.0.1");
    settings.put("IF_GRPC_PORT", Integer.toString(port));
    settings.put("IF_INSTANCE_ID", name);
    targets.forEach(target -> settings.put(target.getKey(), target.getValue()));
    return new Service(name, kind, port, settings);
  }

  private static String target(int port) {
    return "127.0.0.1:" + port;
  }
}
