package io.infrafabric.cli.migrate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The files of a folder, or of all the branches of a git repository; only read. */
public final class PolledFiles {
  private static final Pattern OF_USE = Pattern.compile("(INSTRUCTIONS-.+|STATUS.*)\\.md", Pattern.CASE_INSENSITIVE);
  private static final long PATIENCE_SECONDS = 60;

  private PolledFiles() {}

  /**
   * Instruction and status files at the top of the folder, and of every branch when it is a repository; the same file on several branches
   * is there several times.
   *
   * @throws UncheckedIOException when the folder cannot be read, or is a repository and git cannot
   */
  public static List<PolledFile> of(Path folder) {
    try {
      return Files.exists(folder.resolve(".git")) ? ofBranches(folder) : ofFolder(folder);
    } catch (IOException failure) {
      throw new UncheckedIOException("%s cannot be read (%s)".formatted(folder, failure.getMessage()), failure);
    }
  }

  private static List<PolledFile> ofFolder(Path folder) throws IOException {
    List<PolledFile> found = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        if (isOfUse(file.getFileName().toString())) {
          found.add(new PolledFile("", file.getFileName().toString(), Files.readString(file)));
        }
      }
    }
    return found;
  }

  private static List<PolledFile> ofBranches(Path folder) throws IOException {
    List<PolledFile> found = new ArrayList<>();
    List<String> branches = git(folder, "for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes").lines().toList();
    for (String branch : branches) {
      if (branch.endsWith("/HEAD")) {
        continue;
      }
      for (String name : git(folder, "ls-tree", "--name-only", "-z", branch).split("\0")) {
        if (isOfUse(name)) {
          String shown = branch.replaceFirst("refs/(heads|remotes/[^/]+)/", "");
          found.add(new PolledFile(shown, name, git(folder, "show", branch + ":" + name)));
        }
      }
    }
    return found;
  }

  private static boolean isOfUse(String name) {
    return OF_USE.matcher(name).matches();
  }

  private static String git(Path folder, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("git", "-C", folder.toString()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try {
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IOException("`%s` fails".formatted(String.join(" ", command)));
      }
      return out;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      process.destroyForcibly();
    }
  }
}
