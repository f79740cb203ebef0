package io.infrafabric.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** Folders for the data of servers, deleted with the JVM. */
final class TestFolders {
  private static final List<Path> FOLDERS = new CopyOnWriteArrayList<>();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> FOLDERS.forEach(TestFolders::delete), "delete-test-folders"));
  }

  private TestFolders() {}

  static Path create(String name) {
    try {
      Path folder = Files.createTempDirectory("if-test-" + name + "-");
      FOLDERS.add(folder);
      return folder;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException | UncheckedIOException stillInUse) {
      System.err.println("left behind: " + folder);
    }
  }
}
