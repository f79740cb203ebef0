package io.infrafabric.governor.registry;

import io.infrafabric.kit.auth.FileStamp;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The keys of a file, read again when it is looked at and differs; a file that became unreadable leaves the keys what they were. */
final class ManifestKeyFile {
  private static final Logger LOG = LoggerFactory.getLogger(ManifestKeyFile.class);

  private final Path file;
  private final FileStamp stamp;
  private volatile ManifestKeys keys;

  /**
   * The keys of a file.
   *
   * @throws IllegalArgumentException when it has none, or a line is malformed
   */
  ManifestKeyFile(Path file) {
    this.file = file;
    this.stamp = new FileStamp(file);
    stamp.changed();
    this.keys = ManifestKeys.read(file);
  }

  ManifestKeys keys() {
    return keys;
  }

  /** Looks at the file. */
  void runOnce() {
    if (!stamp.changed()) {
      return;
    }
    try {
      keys = ManifestKeys.read(file);
      LOG.atInfo().addKeyValue("file", file).log("the keys for manifests have changed");
    } catch (RuntimeException malformed) {
      LOG.atError().addKeyValue("file", file).addKeyValue("reason", malformed.getMessage()).log("the keys for manifests stay what they were");
    }
  }
}
