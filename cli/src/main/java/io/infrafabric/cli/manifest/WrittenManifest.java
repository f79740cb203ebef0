package io.infrafabric.cli.manifest;

import io.infrafabric.governor.v1.Manifest;
import java.util.List;

/**
 * A manifest out of a file.
 *
 * @param source the file, with the number of the document where there are several
 * @param notes what was left out of it, in words
 */
public record WrittenManifest(String source, Manifest manifest, List<String> notes) {
  public WrittenManifest {
    notes = List.copyOf(notes);
  }
}
