package io.infrafabric.kit.grpc;

import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A program that asks {@code host:port [service]} for its health, which needs no token: exit code 0 when it serves, 1 when not, 2 on misuse.
 * Over TLS when {@code IF_TLS_CA} names the authority, and with {@code IF_TLS_CERT} and {@code IF_TLS_KEY} when they are there.
 */
public final class HealthCheck {
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private HealthCheck() {}

  public static void main(String[] args) {
    if (args.length < 1 || args.length > 2) {
      System.err.println("usage: HealthCheck host:port [service]");
      System.exit(2);
    }
    String service = args.length == 2 ? args[1] : "";
    String answer = ask(args[0], service, PATIENCE, tls());
    System.err.println(args[0] + " " + answer);
    System.exit(answer.equals(ServingStatus.SERVING.name()) ? 0 : 1);
  }

  /** Returns SERVING, NOT_SERVING, SERVICE_UNKNOWN, or the gRPC status code of an answer that did not come. */
  public static String ask(String target, String service, Duration patience) {
    return ask(target, service, patience, TlsSettings.none());
  }

  private static TlsSettings tls() {
    return new TlsSettings(file("IF_TLS_CERT"), file("IF_TLS_KEY"), file("IF_TLS_CA"), false);
  }

  private static Optional<Path> file(String variable) {
    return Optional.ofNullable(System.getenv(variable)).filter(name -> !name.isBlank()).map(Path::of);
  }

  private static String ask(String target, String service, Duration patience, TlsSettings tls) {
    try (GrpcClient client = GrpcClient.channel(target, new CallerIdentity(tls, Optional::empty))) {
      return HealthGrpc.newBlockingStub(client.channel())
          .withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS)
          .check(HealthCheckRequest.newBuilder().setService(service).build())
          .getStatus()
          .name();
    } catch (StatusRuntimeException unreachable) {
      return unreachable.getStatus().getCode().name();
    }
  }
}
