package io.infrafabric.kit.auth;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** Tells whether a file is another one than at the last look: by its time, its length and, where there is one, its number on the disk. */
public final class FileStamp {
  private final Path file;
  private String last = "";

  /** Of that file; the first look tells that it changed. */
  public FileStamp(Path file) {
    this.file = file;
  }

  /** Looks. */
  public synchronized boolean changed() {
    String now = stamp();
    boolean changed = !now.equals(last);
    last = now;
    return changed;
  }

  private String stamp() {
    try {
      BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
      return found.lastModifiedTime() + " " + found.size() + " " + found.fileKey();
    } catch (IOException gone) {
      return "";
    }
  }
}
