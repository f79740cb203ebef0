package io.infrafabric.governor.witness;

import io.infrafabric.governor.v1.WitnessHead;
import io.infrafabric.governor.witness.TakeoverRules.Verdict;
import io.infrafabric.kit.merkle.Checkpoint;
import io.infrafabric.kit.merkle.Leaf;
import io.infrafabric.kit.merkle.LogFolder;
import io.infrafabric.kit.merkle.SignedNote;
import io.infrafabric.kit.merkle.SigningKey;
import io.infrafabric.kit.merkle.VerifierKey;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.CompactedException;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Snapshot;
import io.infrafabric.kit.store.TooFarBehindException;
import io.infrafabric.kit.time.Times;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the log: takes the changes after the head's revision, appends their entries to the folder, signs, and moves the head. When
 * the head was moved by another, or nobody knows whether it moved, it reads the head again, cuts off what was not signed, and goes
 * on from there: so an unknown outcome is never guessed at. Used by one thread, but for {@link #signed} and {@link #stopped}.
 */
final class WitnessWriter {
  private static final Logger log = LoggerFactory.getLogger(WitnessWriter.class);

  /** Entries of one checkpoint, unless one revision has more. */
  private static final int MOST = 4_096;

  /** How often the head follows a history without entries: etcd is not compacted above it. */
  private static final Duration IDLE = Duration.ofSeconds(60);

  /** Watches in a row that told nothing although there is something to tell, after which a snapshot is taken, as relays do. */
  private static final int BARREN = 5;

  private final LogFolder folder;
  private final Heads heads;
  private final WitnessFeed feed;
  private final WitnessedKeys keys;
  private final EntryRules rules;
  private final SigningKey key;
  private final List<VerifierKey> trusted;
  private final String instance;
  private Heads.Position position;
  private byte[] last;
  private boolean told = true;
  private int barren;
  private Instant movedAt = Instant.MIN;
  private volatile Optional<SignedHead> signed = Optional.empty();
  private volatile Optional<String> stopped = Optional.empty();
  private volatile long gaps;

  /**
   * @param trusted keys whose checkpoints are gone on with, its own among them
   * @param instance names this process, for people
   */
  WitnessWriter(
      LogFolder folder, Heads heads, WitnessFeed feed, WitnessedKeys keys, EntryRules rules, SigningKey key, List<VerifierKey> trusted, String instance) {
    this.folder = folder;
    this.heads = heads;
    this.feed = feed;
    this.keys = keys;
    this.rules = rules;
    this.key = key;
    this.trusted = List.copyOf(trusted);
    this.instance = instance;
  }

  /** What was signed and accepted last; empty while another instance writes, or nobody can. */
  Optional<SignedHead> signed() {
    return signed;
  }

  /** Why the folder cannot be gone on with. */
  Optional<String> stopped() {
    return stopped;
  }

  /** Gaps written by this process. */
  long gaps() {
    return gaps;
  }

  /** Lets go: the head is read again before anything is written. */
  private void release() {
    position = null;
    feed.close();
  }

  /** Gives way to another instance. */
  void depose() {
    release();
    signed = Optional.empty();
    stopped = Optional.empty();
  }

  /** Makes entries of what has come; answers how many it signed. A failure lets go of everything, and the next step reads the head again. */
  int runOnce(Instant now) {
    try {
      return position == null && !takeOver(now) ? 0 : step(now);
    } catch (RuntimeException failure) {
      release();
      throw failure;
    }
  }

  private boolean takeOver(Instant now) {
    Heads.Position read = heads.read();
    Verdict verdict =
        TakeoverRules.judge(read.head(), folder.signed(), folder.size(), folder::root, key.verifier().name(), trusted);
    switch (verdict) {
      case Verdict.Stop(String why) -> {
        if (!stopped.equals(Optional.of(why))) {
          log.atError().addKeyValue("cause", why).log("the witness log is not written");
        }
        stopped = Optional.of(why);
        signed = Optional.empty();
        return false;
      }
      case Verdict.Begin() -> {
        position = read;
        if (move(Checkpoint.empty(key.verifier().name()), 0, now)) {
          folder.truncate(0);
          last = null;
        }
      }
      case Verdict.GoOn(SignedNote note, Checkpoint checkpoint) -> {
        Optional<Heads.Position> settled = settled(read, checkpoint);
        if (settled.isEmpty()) {
          return false;
        }
        folder.truncate(checkpoint.size());
        last = checkpoint.size() == 0 ? null : folder.node(0, checkpoint.size() - 1);
        position = settled.get();
        accept(note, checkpoint, read.head().orElseThrow());
        movedAt = now;
      }
    }
    stopped = Optional.empty();
    if (position == null) {
      return false;
    }
    follow(signed.orElseThrow().revision(), position.storeRevision(), now);
    if (position == null) {
      return false;
    }
    log.atInfo().addKeyValue("size", folder.size()).addKeyValue("revision", signed.orElseThrow().revision()).log("writing the witness log");
    return true;
  }

  /**
   * The place of a head that nothing sent before can move any more. With more in the folder than the head covers, a move to it may still
   * be on its way though nobody heard of it: once the head has been written again, that finds another revision than it compares.
   */
  private Optional<Heads.Position> settled(Heads.Position read, Checkpoint checkpoint) {
    return folder.size() > checkpoint.size() ? heads.move(read, read.head().orElseThrow()) : Optional.of(read);
  }

  private int step(Instant now) {
    WitnessFeed.Batch batch = feed.next(MOST);
    int entries = 0;
    long revision = signed.orElseThrow().revision();
    told |= batch.revision() > revision;
    if (!batch.changes().isEmpty()) {
      entries = seal(batch.changes().stream().map(change -> line(change, now)).toList(), batch.revision(), now);
    } else if (batch.revision() > revision && !now.isBefore(movedAt.plus(IDLE))) {
      move(signed.orElseThrow().checkpoint(), batch.revision(), now);
    }
    if (position != null && batch.ended().isPresent()) {
      entries += goOn(batch.ended().get(), Math.max(batch.revision(), revision), now);
    }
    return entries;
  }

  /** After the watch has ended: from where it was, or over the gap if that cannot be had any more. */
  private int goOn(Throwable reason, long revision, Instant now) {
    log.atInfo().addKeyValue("revision", revision).addKeyValue("cause", reason.toString()).log("the watch for the witness log ended");
    if (reason instanceof CompactedException || reason instanceof TooFarBehindException) {
      return overTheGap(revision, now);
    }
    Heads.Position read = heads.read();
    if (read.modRevision() != position.modRevision()) {
      release();
      return 0;
    }
    return follow(revision, read.storeRevision(), now);
  }

  /** Watches from a revision on, unless that was in vain too often. */
  private int follow(long from, long newest, Instant now) {
    boolean ownHeadOnly = newest == from + 1 && newest == position.modRevision();
    boolean nothingToTell = newest <= from || ownHeadOnly;
    barren = told || nothingToTell ? 0 : barren + 1;
    told = false;
    if (barren >= BARREN) {
      return overTheGap(from, now);
    }
    feed.open(from);
    return 0;
  }

  private int overTheGap(long after, Instant now) {
    Snapshot snapshot = heads.list(keys.keys().root());
    int entries = bridge(snapshot, after, now);
    barren = 0;
    if (position != null) {
      feed.open(snapshot.revision());
    }
    return entries;
  }

  /** Says which revisions are forgotten, and then what there is of them: the newest version of each record that has no entry yet. */
  private int bridge(Snapshot snapshot, long after, Instant now) {
    log.atWarn().addKeyValue("from", after + 1).addKeyValue("to", snapshot.revision()).log("a gap in the witness log: what was not witnessed cannot be had any more");
    gaps++;
    List<Entry> left =
        snapshot.entries().stream()
            .filter(entry -> entry.modRevision() > after && keys.include(entry.key()))
            .sorted(Comparator.comparingLong(Entry::modRevision).thenComparing(Entry::key))
            .toList();
    List<EntryLine> lines = new ArrayList<>();
    lines.add(rules.gap(after + 1, snapshot.revision(), now));
    int entries = 0;
    for (int i = 0; i < left.size() && position != null; i++) {
      lines.add(line(new Change.Written(left.get(i)), now));
      boolean lastOfRevision = i + 1 == left.size() || left.get(i + 1).modRevision() != left.get(i).modRevision();
      if (lines.size() >= MOST && lastOfRevision) {
        entries += seal(lines, left.get(i).modRevision(), now);
        lines.clear();
      }
    }
    return position == null ? entries : entries + seal(lines, snapshot.revision(), now);
  }

  private EntryLine line(Change change, Instant now) {
    return switch (change) {
      case Change.Written(Entry entry) ->
          rules.written(entry.key(), entry.value(), entry.modRevision(), entry.createRevision() == entry.modRevision(), now);
      case Change.Deleted(String gone, long revision) -> rules.deleted(gone, revision, now);
    };
  }

  /** Appends, signs and moves the head; answers how many entries count. */
  private int seal(List<EntryLine> lines, long revision, Instant now) {
    List<Leaf> leaves = new ArrayList<>(lines.size());
    byte[] before = last;
    for (EntryLine line : lines) {
      Leaf leaf = Leaf.of(line.bytes(before));
      leaves.add(leaf);
      before = leaf.hash();
    }
    folder.append(leaves);
    last = before;
    long size = folder.size();
    return move(new Checkpoint(key.verifier().name(), size, folder.root(size)), revision, now) ? lines.size() : 0;
  }

  private boolean move(Checkpoint checkpoint, long revision, Instant now) {
    boolean same = signed.filter(head -> head.checkpoint().size() == checkpoint.size()).isPresent();
    SignedNote note = same ? signed.get().note() : SignedNote.of(checkpoint.text(), key);
    WitnessHead head =
        WitnessHead.newBuilder().setCheckpoint(note.toString()).setRevision(revision).setWriter(instance).setAt(Times.toProto(now)).build();
    Optional<Heads.Position> moved = heads.move(position, head);
    if (moved.isEmpty()) {
      log.atInfo().addKeyValue("size", checkpoint.size()).log("the head of the witness log is read again");
      release();
      return false;
    }
    position = moved.get();
    movedAt = now;
    accept(note, checkpoint, head);
    return true;
  }

  private void accept(SignedNote note, Checkpoint checkpoint, WitnessHead head) {
    folder.signed(note);
    signed = Optional.of(new SignedHead(note, checkpoint, head.getRevision(), Times.toInstant(head.getAt())));
  }
}
