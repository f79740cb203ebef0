package io.infrafabric.cli.agent;

import com.google.protobuf.ByteString;
import io.infrafabric.coordinator.v1.Checkpoint;
import io.infrafabric.names.Limits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/** The file in which a program finds what the last holder of its task has noted, and into which it notes what is to be kept. */
final class CheckpointFile {
  private final Path file;
  private final Consumer<String> talk;
  private ByteString kept;
  private String seen;

  /**
   * Writes what was noted before.
   *
   * @param talk hears what is wrong with what the program notes
   */
  CheckpointFile(Path file, Checkpoint before, Consumer<String> talk) {
    this.file = file;
    this.talk = talk;
    this.kept = before.getData();
    if (!kept.isEmpty()) {
      try {
        Files.write(file, kept.toByteArray());
      } catch (IOException failure) {
        throw new UncheckedIOException("the checkpoint cannot be written to " + file, failure);
      }
    }
    this.seen = look();
  }

  Path path() {
    return file;
  }

  /** Whether the file is another than when it was looked at last. */
  boolean isTouched() {
    return !look().equals(seen);
  }

  /** What is to be kept now, when it is another than before. A file that is too large, or gone, changes nothing. */
  Optional<ByteString> changed() {
    String now = look();
    if (now.equals(seen)) {
      return Optional.empty();
    }
    seen = now;
    try {
      if (!Files.isRegularFile(file)) {
        return Optional.empty();
      }
      if (Files.size(file) > Limits.CHECKPOINT_BYTES) {
        talk.accept("the checkpoint has %d bytes, of which %d are too many: it is not kept".formatted(Files.size(file), Files.size(file) - Limits.CHECKPOINT_BYTES));
        return Optional.empty();
      }
      ByteString noted = ByteString.copyFrom(Files.readAllBytes(file));
      return noted.equals(kept) ? Optional.empty() : Optional.of(noted);
    } catch (IOException replacedMeanwhile) {
      return Optional.empty(); // and looked at again when it has changed
    }
  }

  /** What was noted is with the task now. */
  void kept(ByteString noted) {
    kept = noted;
  }

  /** It could not be brought to the task: it is looked at again. */
  void notKept() {
    seen = "";
  }

  private String look() {
    try {
      return Files.isRegularFile(file) ? Files.getLastModifiedTime(file) + " " + Files.size(file) : "absent";
    } catch (IOException replacedMeanwhile) {
      return "absent";
    }
  }
}
