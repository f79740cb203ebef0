package io.infrafabric.cli.witness;

import io.infrafabric.kit.merkle.Checkpoint;
import io.infrafabric.kit.merkle.Frontier;
import io.infrafabric.kit.merkle.Hashes;
import io.infrafabric.kit.merkle.SignedNote;
import io.infrafabric.kit.merkle.VerifierKey;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether the entries of an export are those of its checkpoint. */
public final class ExportRules {
  private static final Pattern PREV = Pattern.compile("[{,]\"prev\":(null|\"([0-9a-f]{64})\")");
  private static final String GENESIS = "null";

  private final SignedNote note;
  private final Optional<Checkpoint> older;
  private final Frontier tree = new Frontier();
  private String last = GENESIS;
  private long broken = -1;
  private boolean nextFollows;
  private Optional<byte[]> rootThen = Optional.empty();

  /** What came of it. */
  public sealed interface Finding {
    /** All of it is what was signed. */
    record Sound(Checkpoint checkpoint, VerifierKey key) implements Finding {}

    /**
     * It is not.
     *
     * @param index the first entry that is wrong or missing; -1 for the checkpoint itself
     */
    record Wrong(long index, String what) implements Finding {}
  }

  /**
   * Begins to check.
   *
   * @param note over the checkpoint of the export
   * @param older a checkpoint that was kept from before, which the log must only have added to
   */
  public ExportRules(SignedNote note, Optional<Checkpoint> older) {
    this.note = note;
    this.older = older;
    thenIsNow();
  }

  /** Takes the bytes of the next entry. */
  public void next(byte[] entry) {
    byte[] leaf = Hashes.leaf(entry);
    Matcher prev = PREV.matcher(new String(entry, StandardCharsets.UTF_8));
    boolean follows = prev.find() && last.equals(prev.group(2) == null ? GENESIS : prev.group(2));
    if (broken < 0 && !follows) {
      broken = tree.size();
    } else if (broken >= 0 && broken == tree.size() - 1) {
      nextFollows = follows;
    }
    last = HexFormat.of().formatHex(leaf);
    tree.append(leaf);
    thenIsNow();
  }

  private void thenIsNow() {
    if (older.isPresent() && older.get().size() == tree.size()) {
      rootThen = Optional.of(tree.root());
    }
  }

  /** Judges what was taken. */
  public Finding judge(List<VerifierKey> trusted) {
    Checkpoint checkpoint;
    try {
      checkpoint = Checkpoint.parse(note.text());
    } catch (IllegalArgumentException malformed) {
      return new Finding.Wrong(-1, malformed.getMessage());
    }
    Optional<VerifierKey> signer = note.signer(trusted);
    if (signer.isEmpty()) {
      return new Finding.Wrong(-1, "no key that is trusted has signed the checkpoint");
    }
    if (broken >= 0) {
      // The one whose follower is in order was left alone: what is before it was changed.
      long index = nextFollows && broken > 0 ? broken - 1 : broken;
      return new Finding.Wrong(index, "entry %d does not follow entry %d as it is here".formatted(broken, broken - 1));
    }
    if (tree.size() != checkpoint.size()) {
      long index = Math.min(tree.size(), checkpoint.size());
      return new Finding.Wrong(index, "there are %d entries, and the checkpoint is of %d".formatted(tree.size(), checkpoint.size()));
    }
    if (!Arrays.equals(tree.root(), checkpoint.root())) {
      return new Finding.Wrong(
          Math.max(0, checkpoint.size() - 1), "the root is not that of the checkpoint: the last entry was changed, or all that follow a change were");
    }
    if (older.isPresent() && !rootThen.map(root -> Arrays.equals(root, older.get().root())).orElse(false)) {
      return new Finding.Wrong(
          Math.max(0, Math.min(older.get().size(), tree.size()) - 1), "the log does not begin with that of the older checkpoint of %d entries".formatted(older.get().size()));
    }
    return new Finding.Sound(checkpoint, signer.get());
  }
}
