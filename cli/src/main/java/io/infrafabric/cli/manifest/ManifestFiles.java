package io.infrafabric.cli.manifest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Manifests out of a file, or out of every YAML and JSON file of a folder, by name. */
public final class ManifestFiles {
  private static final Set<String> ENDINGS = Set.of("yaml", "yml", "json");
  private static final int MOST_FILES = 10_000;
  private static final long MOST_BYTES = 4 << 20;

  private ManifestFiles() {}

  /**
   * Reads them all.
   *
   * @throws UncheckedIOException when the path cannot be read or holds no such file
   */
  public static ManifestDocuments read(Path path) {
    ManifestDocuments documents = new ManifestDocuments();
    for (Path file : files(path)) {
      documents.add(file.toString(), text(file));
    }
    return documents;
  }

  private static List<Path> files(Path path) {
    if (!Files.isDirectory(path)) {
      return List.of(path);
    }
    try (Stream<Path> found = Files.list(path)) {
      List<Path> files = found.filter(ManifestFiles::isManifest).sorted().limit(MOST_FILES + 1L).toList();
      if (files.isEmpty() || files.size() > MOST_FILES) {
        throw new IOException("%s has %s .yaml, .yml or .json files".formatted(path, files.isEmpty() ? "no" : "more than " + MOST_FILES));
      }
      return files;
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable.getMessage(), unreadable);
    }
  }

  private static boolean isManifest(Path file) {
    String name = file.getFileName().toString();
    return !name.startsWith(".") && ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1)) && Files.isRegularFile(file);
  }

  private static String text(Path file) {
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw new IOException(file + " is larger than any file of manifests");
      }
      return Files.readString(file);
    } catch (MalformedInputException noText) {
      throw new UncheckedIOException(file + " is no text in UTF-8", noText);
    } catch (IOException unreadable) {
      throw new UncheckedIOException("%s cannot be read (%s)".formatted(file, unreadable.getMessage()), unreadable);
    }
  }
}
