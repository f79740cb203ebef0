package io.infrafabric.governor.webhook;

import io.infrafabric.kit.auth.FileStamp;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The secrets of a file, read again when it has changed. While what is there cannot be used, those from before go on. */
final class SecretFile {
  private static final Logger log = LoggerFactory.getLogger(SecretFile.class);

  private final Path file;
  private final FileStamp stamp;
  private Secrets secrets;

  /**
   * Reads it.
   *
   * @throws IllegalArgumentException when it cannot be used
   */
  SecretFile(Path file) {
    this.file = file;
    this.stamp = new FileStamp(file);
    stamp.changed();
    this.secrets = Secrets.read(file);
  }

  /** The secrets now. */
  synchronized Secrets now() {
    if (stamp.changed()) {
      try {
        secrets = Secrets.read(file);
        log.atInfo().addKeyValue("file", file).log("the secrets of webhooks were read anew");
      } catch (IllegalArgumentException unusable) {
        log.atError().addKeyValue("file", file).addKeyValue("cause", unusable.getMessage()).log("the secrets of webhooks cannot be read anew, the old ones go on");
      }
    }
    return secrets;
  }
}
