package io.infrafabric.chassis;

import io.infrafabric.kit.auth.AuthSettings;
import io.infrafabric.kit.auth.RateSettings;
import io.infrafabric.kit.config.Default;
import io.infrafabric.kit.config.Doc;
import io.infrafabric.kit.grpc.DoorSettings;
import io.infrafabric.kit.grpc.GrpcLimits;
import io.infrafabric.kit.grpc.TlsSettings;
import io.infrafabric.kit.nats.NatsSettings;
import io.infrafabric.names.Keys;
import java.util.List;

/** The settings of chassis-service. */
public record ChassisConfig(
    @Default("chassis-1") @Doc("Names this process in logs, traces and elections.") String instanceId,
    @Default("http://127.0.0.1:2379") @Doc("etcd members.") List<String> etcdEndpoints,
    @Default(Keys.DEFAULT_ROOT) @Doc("Where the fabric's keys live in etcd.") String keyPrefix,
    NatsSettings nats,
    @Default("127.0.0.1") @Doc("Address to listen on for gRPC.") String grpcHost,
    @Default("50053") @Doc("Port to listen on for gRPC; 0 is any.") int grpcPort,
    GrpcLimits grpcLimits,
    @Default("127.0.0.1:50051") @Doc("The coordinator, or several: host:port,host:port.") String coordinatorTarget,
    @Default("127.0.0.1:50052") @Doc("The governor.") String governorTarget,
    @Default("64") @Doc("Executions at once, of all swarms.") int sandboxThreads,
    AuthSettings auth,
    RateSettings rate,
    TlsSettings tls) {

  /** Refuses what no machine can have. */
  public ChassisConfig {
    if (grpcPort < 0 || grpcPort > 65_535) {
      throw new IllegalArgumentException("grpc-port must be 0 to 65535, not " + grpcPort);
    }
    if (sandboxThreads < 1 || sandboxThreads > 1_024) {
      throw new IllegalArgumentException("sandbox-threads must be 1 to 1024, not " + sandboxThreads);
    }
    new DoorSettings(auth, rate, tls).requireUsable(grpcHost);
  }

  /** Who comes in. */
  DoorSettings doors() {
    return new DoorSettings(auth, rate, tls);
  }
}
