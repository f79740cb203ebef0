package io.infrafabric.governor.witness;

import io.infrafabric.governor.v1.WitnessHead;
import io.infrafabric.kit.merkle.Checkpoint;
import io.infrafabric.kit.merkle.SignedNote;
import io.infrafabric.kit.merkle.VerifierKey;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;

/** Whether the log of a folder may be gone on with: only when it is the one whose head etcd has, whole. */
final class TakeoverRules {
  private TakeoverRules() {}

  /** What may be done. */
  sealed interface Verdict {
    /** There never was a log: begin one. */
    record Begin() implements Verdict {}

    /** Go on from here; what the folder has more was never signed and goes. */
    record GoOn(SignedNote note, Checkpoint checkpoint) implements Verdict {}

    /** Touch nothing. */
    record Stop(String why) implements Verdict {}
  }

  /**
   * Compares folder and head.
   *
   * @param head in etcd
   * @param own the last note that the folder remembers
   * @param size entries in the folder
   * @param root of the first entries of the folder, as many as asked
   */
  static Verdict judge(
      Optional<WitnessHead> head, Optional<SignedNote> own, long size, LongFunction<byte[]> root, String origin, List<VerifierKey> trusted) {
    long remembered = own.map(note -> Checkpoint.parse(note.text()).size()).orElse(0L);
    if (head.isEmpty()) {
      return remembered == 0
          ? new Verdict.Begin()
          : new Verdict.Stop("etcd has no head of the log, but the folder remembers a checkpoint of %d entries: etcd was lost or set back".formatted(remembered));
    }
    SignedNote note;
    Checkpoint checkpoint;
    try {
      note = SignedNote.parse(head.get().getCheckpoint());
      checkpoint = Checkpoint.parse(note.text());
    } catch (IllegalArgumentException malformed) {
      return new Verdict.Stop("the head in etcd cannot be read: " + malformed.getMessage());
    }
    if (!checkpoint.origin().equals(origin)) {
      return new Verdict.Stop("the head in etcd is of the log %s, not of %s (witness-origin)".formatted(checkpoint.origin(), origin));
    }
    if (note.signer(trusted).isEmpty()) {
      return new Verdict.Stop("no trusted key has signed the head in etcd: name the key before the rotation in witness-trust-file");
    }
    if (remembered > checkpoint.size()) {
      return new Verdict.Stop(
          "the head in etcd has %d entries, the folder remembers a checkpoint of %d: etcd was set back".formatted(checkpoint.size(), remembered));
    }
    if (size < checkpoint.size()) {
      return new Verdict.Stop(
          "the folder holds %d of the %d entries of the head in etcd: bring it back from where it was kept".formatted(size, checkpoint.size()));
    }
    if (!Arrays.equals(root.apply(checkpoint.size()), checkpoint.root())) {
      return new Verdict.Stop("the %d entries of the folder are not those of the head in etcd: they were changed".formatted(checkpoint.size()));
    }
    return new Verdict.GoOn(note, checkpoint);
  }
}
