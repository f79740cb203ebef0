package io.infrafabric.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A page of docs/reference that is made from code: a test fails when it is not what the code says. */
public final class GeneratedPage {
  /** System property that has the page rewritten instead. */
  public static final String UPDATE = "infrafabric.docs.update";

  private GeneratedPage() {}

  /**
   * Compares the page with what it should be, which is left in target/ too.
   *
   * @param name of the file in docs/reference
   * @param test that calls this, for the advice
   */
  public static void check(String name, String text, Class<?> test) {
    try {
      Path page = repository().resolve("docs/reference").resolve(name);
      Files.writeString(Files.createDirectories(Path.of("target")).resolve(name), text);
      if (Boolean.getBoolean(UPDATE)) {
        Files.createDirectories(page.getParent());
        Files.writeString(page, text);
      }
      if (!Files.exists(page) || !Files.readString(page).equals(text)) {
        throw new AssertionError(
            page + " is not what the code says. Write it anew with: ./mvnw -q -pl " + Path.of("").toAbsolutePath().getFileName()
                + " -am package -Dsurefire.failIfNoSpecifiedTests=false -Dtest=" + test.getSimpleName() + " -D" + UPDATE + "=true");
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static Path repository() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("mvnw"))) {
      folder = folder.getParent();
      if (folder == null) {
        throw new IllegalStateException("not below the repository: " + Path.of("").toAbsolutePath());
      }
    }
    return folder;
  }
}
