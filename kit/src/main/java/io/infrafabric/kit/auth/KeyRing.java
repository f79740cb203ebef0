package io.infrafabric.kit.auth;

import java.nio.file.Path;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The trusted keys of a file, read again when it is looked at and differs; a file that became unreadable leaves the keys what they were. */
public final class KeyRing {
  private static final Logger LOG = LoggerFactory.getLogger(KeyRing.class);

  private final Path file;
  private final List<Runnable> onChange = new CopyOnWriteArrayList<>();
  private final FileStamp stamp;
  private volatile TrustedKeys keys;

  private KeyRing(Path file) {
    this.file = file;
    this.stamp = new FileStamp(file);
    stamp.changed();
    this.keys = TrustedKeys.read(file);
  }

  /**
   * The keys of a file.
   *
   * @throws IllegalArgumentException when it has none, or a line is malformed
   */
  public static KeyRing read(Path file) {
    return new KeyRing(file);
  }

  TrustedKeys keys() {
    return keys;
  }

  /** What to call after the keys have changed. */
  void onChange(Runnable changed) {
    onChange.add(changed);
  }

  /** Looks at the file. */
  public void runOnce() {
    if (!stamp.changed()) {
      return;
    }
    try {
      keys = TrustedKeys.read(file);
      LOG.atInfo().addKeyValue("file", file).addKeyValue("keys", keys.ids()).log("the trusted keys have changed");
      onChange.forEach(Runnable::run);
    } catch (RuntimeException malformed) {
      LOG.atError().addKeyValue("file", file).addKeyValue("reason", malformed.getMessage()).log("the trusted keys stay what they were");
    }
  }
}
