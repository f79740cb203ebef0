package io.infrafabric.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgramsTest {
  private static final Version OLDEST = new Version(3, 4, 0);

  @TempDir Path folder;

  private Path etcd(String version) throws IOException {
    Path program = Files.writeString(folder.resolve("etcd"), "#!/bin/sh\necho 'etcd Version: %s'\n".formatted(version));
    assertThat(program.toFile().setExecutable(true)).isTrue();
    return program;
  }

  @Test
  void programThatIsTooOld_isRefusedWithTheWayOut() throws IOException {
    Path old = etcd("3.3.27");
    assertThatThrownBy(() -> Programs.version(old, "etcd Version:", OLDEST, "IF_ETCD_BIN"))
        .isInstanceOf(LocalRunException.class)
        .hasMessage(old + " is version 3.3.27; 3.4 or later is needed: install it, or set IF_ETCD_BIN to one that is");
    assertThat(Programs.version(etcd("3.4.0"), "etcd Version:", OLDEST, "IF_ETCD_BIN")).isEqualTo(OLDEST);
  }
}
