package io.infrafabric.cli.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.coordinator.v1.Checkpoint;
import io.infrafabric.names.Limits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointFileTest {
  @TempDir Path folder;
  private final List<String> said = new ArrayList<>();
  private Path path;

  @BeforeEach
  void path() {
    path = folder.resolve("checkpoint");
  }

  private CheckpointFile after(String before) {
    return new CheckpointFile(path, Checkpoint.newBuilder().setData(ByteString.copyFromUtf8(before)).build(), said::add);
  }

  @Test
  void program_findsWhatWasNotedBefore_andThatIsNoNews() throws IOException {
    CheckpointFile file = after("line 400");
    assertThat(Files.readString(path)).isEqualTo("line 400");
    assertThat(file.isTouched()).isFalse();
    assertThat(file.changed()).isEmpty();
  }

  @Test
  void whatIsNoted_isToldOnce() throws IOException {
    CheckpointFile file = after("");
    assertThat(path).as("nothing was noted").doesNotExist();
    Files.writeString(path, "line 1");
    assertThat(file.isTouched()).isTrue();
    ByteString noted = file.changed().orElseThrow();
    assertThat(noted.toStringUtf8()).isEqualTo("line 1");
    file.kept(noted);
    assertThat(file.changed()).isEmpty();
    Files.writeString(path, "line 10");
    assertThat(file.changed().orElseThrow().toStringUtf8()).isEqualTo("line 10");
  }

  @Test
  void whatCouldNotBeKept_isToldAgain() throws IOException {
    CheckpointFile file = after("");
    Files.writeString(path, "line 1");
    file.changed();
    file.notKept();
    assertThat(file.changed().orElseThrow().toStringUtf8()).isEqualTo("line 1");
  }

  @Test
  void tooLargeOne_isNotKept_andThatIsSaid() throws IOException {
    CheckpointFile file = after("");
    Files.write(path, new byte[Limits.CHECKPOINT_BYTES + 5]);
    assertThat(file.changed()).isEmpty();
    assertThat(said).containsExactly("the checkpoint has 16389 bytes, of which 5 are too many: it is not kept");
  }
}
