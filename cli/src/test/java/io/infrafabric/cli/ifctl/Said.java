package io.infrafabric.cli.ifctl;

import io.infrafabric.cli.Main;
import io.infrafabric.kit.grpc.GrpcServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What a verb left behind that was run in this process. */
record Said(int exitCode, String out, String talk) {
  /** Runs {@code ifctl} against a server that stands for the coordinator and the governor. */
  static Said ifctl(GrpcServer server, String... arguments) {
    return of(Stream.concat(Stream.of("ifctl", "--coordinator", server.target(), "--governor", server.target()), Stream.of(arguments)).toList());
  }

  /** Runs {@code ifctl} for what needs no fabric. */
  static Said ifctl(String... arguments) {
    return of(Stream.concat(Stream.of("ifctl"), Stream.of(arguments)).toList());
  }

  private static Said of(List<String> arguments) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    ByteArrayOutputStream talked = new ByteArrayOutputStream();
    PrintStream out = System.out;
    PrintStream err = System.err;
    System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(talked, true, StandardCharsets.UTF_8));
    try {
      int exitCode = Main.run(new ArrayList<>(arguments).toArray(String[]::new));
      return new Said(exitCode, said.toString(StandardCharsets.UTF_8), talked.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }

  /** The lines on stdout, with one bar between two columns. */
  List<String> rows() {
    return out.lines().map(line -> line.strip().replaceAll(" {2,}", " | ")).toList();
  }
}
