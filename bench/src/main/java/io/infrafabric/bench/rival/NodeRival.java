package io.infrafabric.bench.rival;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonSyntaxException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A rival whose library is for Node.js: a driver script as a child, which runs a round for each line that it is sent. */
final class NodeRival implements Rival {
  private static final long GRACE_SECONDS = 10;

  private final String name;
  private final String durable;
  private final AutoCloseable server;
  private final Path log;
  private final Process driver;
  private final Writer toDriver;
  private final BufferedReader fromDriver;
  private final JsonObject about;

  private NodeRival(String name, String durable, AutoCloseable server, Process driver, Path log) throws IOException {
    this.name = name;
    this.durable = durable;
    this.server = server;
    this.driver = driver;
    this.log = log;
    toDriver = driver.outputWriter(StandardCharsets.UTF_8);
    fromDriver = driver.inputReader(StandardCharsets.UTF_8);
    about = answer();
  }

  /**
   * Starts the driver.
   *
   * @param server stopped after it, also when it does not start
   * @param script with its arguments
   */
  static NodeRival start(String name, String durable, AutoCloseable server, NodePackages packages, Path log, List<String> script)
      throws Exception {
    List<String> command = new ArrayList<>(List.of(packages.node().toString()));
    command.addAll(script);
    try {
      Process driver =
          new ProcessBuilder(command).directory(packages.folder().toFile()).redirectError(Redirect.appendTo(log.toFile())).start();
      return new NodeRival(name, durable, server, driver, log);
    } catch (IOException e) {
      server.close();
      throw e;
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String versions() {
    return about.get("versions").getAsString();
  }

  @Override
  public String durable() {
    return durable + " (the server says: " + about.get("settings").getAsString() + ")";
  }

  @Override
  public long round(Load load) throws IOException {
    toDriver.write(load.json() + "\n");
    toDriver.flush();
    return answer().get("nanos").getAsLong();
  }

  private JsonObject answer() throws IOException {
    String line = fromDriver.readLine();
    if (line == null) {
      throw new IOException("the driver of %s ended; its log is %s".formatted(name, log));
    }
    try {
      return new Gson().fromJson(line, JsonObject.class);
    } catch (JsonSyntaxException e) {
      throw new IOException("the driver of %s said: %s".formatted(name, line), e);
    }
  }

  @Override
  public void close() throws Exception {
    try {
      toDriver.close();
      if (!driver.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
        driver.destroyForcibly().waitFor();
      }
    } finally {
      server.close();
    }
  }
}
