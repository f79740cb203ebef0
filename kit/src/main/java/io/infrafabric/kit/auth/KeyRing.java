package io.infrafabric.kit.auth;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The trusted keys of a file, read again when it changes; a file that became unreadable leaves the keys what they were. */
public final class KeyRing {
  private static final Logger LOG = LoggerFactory.getLogger(KeyRing.class);

  private final List<Runnable> onChange = new CopyOnWriteArrayList<>();
  private final WatchedFile<TrustedKeys> file;

  private KeyRing(Path file) {
    this.file = new WatchedFile<>(file, TrustedKeys::read);
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
    return file.content();
  }

  /** What to call after the keys have changed. */
  void onChange(Runnable changed) {
    onChange.add(changed);
  }

  /** Looks at the file. */
  public void runOnce() {
    if (file.look()) {
      LOG.atInfo().addKeyValue("keys", keys().ids()).log("the trusted keys have changed");
      onChange.forEach(Runnable::run);
    }
  }
}
