package io.infrafabric.cli.run;

import io.infrafabric.cli.Main;
import io.infrafabric.cli.output.Talk;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.local.FabricRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs {@code up} as a process that lives on after this one, and owns its fabric and its collector. */
final class Background {
  private static final long LOOK_MILLIS = 200;

  private Background() {}

  /** Returns when the fabric is ready. */
  static void start(Path home, Talk talk) throws InterruptedException {
    Path log = home.resolve(".fabric").resolve("up.log");
    talk.say("starting a fabric in the background, its log is " + log);
    Process process = start(home, log);
    while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
      if (FabricRecord.current(home).filter(fabric -> isOf(fabric, process)).isPresent()) {
        return;
      }
    }
    throw Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "the fabric did not start:%n%s".formatted(text(log))).asException();
  }

  private static boolean isOf(FabricRecord fabric, Process process) {
    return fabric.owner().filter(owner -> owner.pid() == process.pid()).isPresent();
  }

  private static Process start(Path home, Path log) {
    List<String> command = new ArrayList<>();
    // HotSpot leaves a signal alone that was ignored when it began, so that closing the terminal does not end it.
    command.addAll(List.of("/bin/sh", "-c", "trap '' HUP INT; exec \"$@\"", "up"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName(), "up"));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(home.toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("IF_HOME", home.toString());
    try {
      Files.createDirectories(log.getParent());
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException("the fabric cannot be started: " + e.getMessage(), e);
    }
  }

  private static String text(Path log) {
    try {
      return Files.readString(log).strip();
    } catch (IOException e) {
      return "(its log cannot be read: " + e.getMessage() + ")";
    }
  }
}
