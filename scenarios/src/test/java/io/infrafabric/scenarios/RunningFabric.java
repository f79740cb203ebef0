package io.infrafabric.scenarios;

import io.infrafabric.local.LocalFabric;
import io.infrafabric.local.ServiceKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A whole fabric of its own, as processes, for one test class; stopped when the class is done. */
final class RunningFabric implements AutoCloseable {
  private final LocalFabric fabric;
  private final FabricClient client;

  private RunningFabric(LocalFabric fabric) {
    this.fabric = fabric;
    this.client = new FabricClient(fabric.coordinators().getFirst().address(), fabric.governor().address(), chassis(fabric));
  }

  /** Where the chassis is, or nowhere. */
  private static String chassis(LocalFabric fabric) {
    return fabric.processes().stream().anyMatch(process -> process.name().startsWith("chassis")) ? fabric.chassis().address() : "127.0.0.1:1";
  }

  /** Starts it with settings for every service, given as name and value in turn. */
  static RunningFabric start(String... settings) throws IOException {
    return new RunningFabric(builder(settings).start());
  }

  /** The same with a coordinator and a governor only: for scenarios in which nothing is sandboxed. */
  static RunningFabric startWithoutChassis(String... settings) throws IOException {
    return new RunningFabric(builder(settings).without(ServiceKind.CHASSIS).start());
  }

  private static LocalFabric.Builder builder(String... settings) throws IOException {
    LocalFabric.Builder builder = LocalFabric.of(repository()).folder(Files.createTempDirectory("fabric-scenario"));
    for (int i = 0; i < settings.length; i += 2) {
      builder.setting(settings[i], settings[i + 1]);
    }
    return builder;
  }

  /** The checkout that this is a part of. */
  static Path repository() {
    Path here = Path.of("").toAbsolutePath();
    while (!Files.exists(here.resolve("mvnw"))) {
      here = here.getParent();
    }
    return here;
  }

  LocalFabric fabric() {
    return fabric;
  }

  FabricClient client() {
    return client;
  }

  @Override
  public void close() {
    client.close();
    fabric.close();
  }
}
