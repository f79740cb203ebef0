package io.infrafabric.cli.demo.census;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * The regular files below a folder, by path. Version control, build output and this program's own runs are left out
 * silently; whatever else is left out is listed with the reason. Nothing is written there.
 *
 * @param root the folder
 * @param files to be counted
 * @param skipped left out
 */
public record SourceTree(Path root, List<SourceFile> files, List<Skipped> skipped) {
  /** Folders that hold no sources. */
  static final Set<String> NOT_SOURCES = Set.of(".git", "target", ".fabric", "node_modules");

  private static final int PATH_BYTES = 4096;

  /** Copies the lists. */
  public SourceTree {
    files = List.copyOf(files);
    skipped = List.copyOf(skipped);
  }

  /** A file, by its path relative to the root, with the size it had when it was found. */
  public record SourceFile(String path, long bytes) {}

  /** What is not counted, and why. */
  public record Skipped(String path, String why) {}

  /**
   * Lists a folder.
   *
   * @param maxBytes files above are skipped
   * @throws io.infrafabric.error.RefusedException INVALID_ARGUMENT when it is no folder that can be read
   */
  public static SourceTree below(Path root, long maxBytes) {
    if (!Files.isDirectory(root) || !Files.isReadable(root)) {
      throw Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, root + " is not a folder that can be read").asException();
    }
    Finder finder = new Finder(root, maxBytes);
    try {
      Files.walkFileTree(root, finder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + root + ": " + e.getMessage(), e);
    }
    finder.files.sort(Comparator.comparing(SourceFile::path));
    return new SourceTree(root, finder.files, finder.skipped);
  }

  private static final class Finder extends SimpleFileVisitor<Path> {
    private final Path root;
    private final long maxBytes;
    private final List<SourceFile> files = new ArrayList<>();
    private final List<Skipped> skipped = new ArrayList<>();

    Finder(Path root, long maxBytes) {
      this.root = root;
      this.maxBytes = maxBytes;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
      boolean leftOut = !folder.equals(root) && NOT_SOURCES.contains(folder.getFileName().toString());
      return leftOut ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      String path = root.relativize(file).toString().replace(File.separatorChar, '/');
      String why = obstacle(file, path, attributes);
      if (why == null) {
        files.add(new SourceFile(path, attributes.size()));
      } else {
        skipped.add(new Skipped(path, why));
      }
      return FileVisitResult.CONTINUE;
    }

    private String obstacle(Path file, String path, BasicFileAttributes attributes) {
      if (attributes.isSymbolicLink()) {
        return "symbolic link";
      } else if (!attributes.isRegularFile()) {
        return "not a regular file";
      } else if (path.indexOf('\n') >= 0 || path.getBytes(StandardCharsets.UTF_8).length > PATH_BYTES) {
        return "path with a line feed or of more than 4096 bytes";
      } else if (attributes.size() > maxBytes) {
        return "larger than " + maxBytes + " bytes";
      }
      return Files.isReadable(file) ? null : "not readable";
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) {
      skipped.add(new Skipped(root.relativize(file).toString(), "not readable"));
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, IOException failure) {
      if (failure != null) {
        skipped.add(new Skipped(root.relativize(folder) + "/", "not readable to its end"));
      }
      return FileVisitResult.CONTINUE;
    }
  }
}
