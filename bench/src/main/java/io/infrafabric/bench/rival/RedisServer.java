package io.infrafabric.bench.rival;

import io.infrafabric.local.ChildProcess;
import io.infrafabric.local.FreePorts;
import io.infrafabric.local.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Redis on loopback that syncs its log before it answers. */
final class RedisServer implements AutoCloseable {
  private final ChildProcess process;
  private final int port;

  private RedisServer(ChildProcess process, int port) {
    this.process = process;
    this.port = port;
  }

  static RedisServer start(Path folder) throws MissingException, IOException {
    Path program =
        Programs.onPath("redis-server")
            .orElseThrow(() -> new MissingException("redis-server was not found: install it (apt: redis-server, brew: redis)"));
    Files.createDirectories(folder);
    int port = FreePorts.next();
    ChildProcess process =
        ChildProcess.start(
            new ChildProcess.Command(
                "redis",
                List.of(
                    program.toString(),
                    "--bind", "127.0.0.1",
                    "--port", Integer.toString(port),
                    "--dir", folder.toString(),
                    "--appendonly", "yes",
                    "--appendfsync", "always",
                    "--save", "",
                    "--maxmemory-policy", "noeviction",
                    "--daemonize", "no"),
                folder,
                System.getenv(),
                folder.resolve("redis.log")));
    RedisServer server = new RedisServer(process, port);
    Listening.await(process, port, server);
    return server;
  }

  int port() {
    return port;
  }

  @Override
  public void close() {
    process.stop(Duration.ofSeconds(10));
  }
}
