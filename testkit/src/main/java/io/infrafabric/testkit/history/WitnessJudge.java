package io.infrafabric.testkit.history;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.infrafabric.governor.v1.WitnessHead;
import io.infrafabric.kit.merkle.Checkpoint;
import io.infrafabric.kit.merkle.Frontier;
import io.infrafabric.kit.merkle.Hashes;
import io.infrafabric.kit.merkle.SignedNote;
import io.infrafabric.kit.merkle.VerifierKey;
import io.infrafabric.names.Keys;
import io.infrafabric.testkit.history.Violation.Invariant;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Compares a witness log with the history that it tells of (I13): each change has exactly one entry, with the digest of what was
 * written; heads only grow, and all of them are of one log. It knows by itself which keys are witnessed and how hashes are made.
 */
public final class WitnessJudge {
  private static final Set<String> NOT_WITNESSED = Set.of(
          "commitments", "shares", "manifests", "spend", "notes", "relay", "elections", "witness", "archive", "objects", "ledger");
  private static final Pattern ID = Pattern.compile("\"id\":\"([^\"]+):(\\d+)\"");
  private static final Pattern DIGEST = Pattern.compile("\"digest\":\"([0-9a-f]{64})\"");
  private static final Pattern GAP = Pattern.compile("\"gap\":\\{\"from\":(\\d+),\"to\":(\\d+)}");
  private static final Pattern PREV = Pattern.compile("\"prev\":(null|\"[0-9a-f]{64}\")");

  private final Keys keys;
  private final Map<String, Optional<byte[]>> changes = new HashMap<>();
  private final List<Head> heads = new ArrayList<>();
  private final List<Violation> violations = new ArrayList<>();
  private long newest;

  private record Head(long at, long covered, SignedNote note, Checkpoint checkpoint) {}

  private record Range(long from, long to) {
    boolean holds(long revision) {
      return from <= revision && revision <= to;
    }
  }

  /** Judges the log of what is under these keys. */
  public WitnessJudge(Keys keys) {
    this.keys = keys;
  }

  /** The changes of the next revision, in any order. */
  public void next(List<Version> revision) {
    for (Version version : revision) {
      if (version.key().equals(keys.witnessCheckpoint())) {
        version.value().ifPresentOrElse(value -> head(version.revision(), value), () -> found(version.revision(), "the head was deleted"));
      } else if (isWitnessed(version.key())) {
        newest = version.revision();
        changes.put(version.key().substring(keys.root().length()) + ":" + version.revision(), version.value().map(value -> sha256(value)));
      }
    }
  }

  private boolean isWitnessed(String key) {
    if (!key.startsWith(keys.root())) {
      return false;
    }
    String below = key.substring(keys.root().length());
    int slash = below.indexOf('/');
    return slash > 0 && !NOT_WITNESSED.contains(below.substring(0, slash));
  }

  private void head(long at, ByteString value) {
    try {
      WitnessHead written = WitnessHead.parseFrom(value);
      SignedNote note = SignedNote.parse(written.getCheckpoint());
      Head head = new Head(at, written.getRevision(), note, Checkpoint.parse(note.text()));
      if (!heads.isEmpty() && head.checkpoint().size() < heads.getLast().checkpoint().size()) {
        found(at, "the log shrinks from %d to %d entries".formatted(heads.getLast().checkpoint().size(), head.checkpoint().size()));
      }
      if (!heads.isEmpty() && head.covered() < heads.getLast().covered()) {
        found(at, "the head goes back from revision %d to %d".formatted(heads.getLast().covered(), head.covered()));
      }
      heads.add(head);
    } catch (InvalidProtocolBufferException | IllegalArgumentException malformed) {
      found(at, "the head cannot be read: " + malformed);
    }
  }

  /** Whether every witnessed change so far is covered by a head. */
  public boolean isCovered() {
    return !heads.isEmpty() && heads.getLast().covered() >= newest;
  }

  /** The newest revision that a head covers: what is older is not needed any more. */
  public long covered() {
    return heads.isEmpty() ? 0 : heads.getLast().covered();
  }

  /** Entries of the last head. */
  public long size() {
    return heads.isEmpty() ? 0 : heads.getLast().checkpoint().size();
  }

  /** Changes that must have an entry. */
  public int changes() {
    return changes.size();
  }

  /**
   * Judges the entries of the last head.
   *
   * @param entries all of them, in order
   * @param key that must have signed every head
   */
  public List<Violation> judge(List<byte[]> entries, VerifierKey key) {
    List<Violation> all = new ArrayList<>(violations);
    heads.stream().filter(head -> head.note().signer(List.of(key)).isEmpty()).forEach(head -> all.add(violation(head.at(), "the head is not signed by " + key)));
    all.addAll(tree(entries));
    all.addAll(told(entries));
    return all;
  }

  /** That every head is of the tree of these entries. */
  private List<Violation> tree(List<byte[]> entries) {
    List<Violation> wrong = new ArrayList<>();
    Frontier frontier = new Frontier();
    Map<Long, byte[]> roots = new HashMap<>(Map.of(0L, frontier.root()));
    Set<Long> sizes = new HashSet<>(heads.stream().map(head -> head.checkpoint().size()).toList());
    byte[] before = null;
    for (int i = 0; i < entries.size(); i++) {
      String prev = first(PREV, new String(entries.get(i), StandardCharsets.UTF_8)).orElse("");
      if (!prev.equals(before == null ? "null" : '"' + HexFormat.of().formatHex(before) + '"')) {
        wrong.add(violation(i, "entry %d does not follow the one before".formatted(i)));
      }
      before = Hashes.leaf(entries.get(i));
      frontier.append(before);
      if (sizes.contains(frontier.size())) {
        roots.put(frontier.size(), frontier.root());
      }
    }
    for (Head head : heads) {
      byte[] root = roots.get(head.checkpoint().size());
      if (root == null || !Arrays.equals(root, head.checkpoint().root())) {
        wrong.add(violation(head.at(), "the head of %d entries is not of this log of %d".formatted(head.checkpoint().size(), entries.size())));
      }
    }
    return wrong;
  }

  /** That each change is told once, truly, and in order. */
  private List<Violation> told(List<byte[]> entries) {
    List<Violation> wrong = new ArrayList<>();
    Map<String, Integer> told = new HashMap<>();
    List<Range> gaps = new ArrayList<>();
    long revision = 0;
    for (int i = 0; i < entries.size(); i++) {
      String text = new String(entries.get(i), StandardCharsets.UTF_8);
      Matcher gap = GAP.matcher(text);
      if (gap.find()) {
        gaps.add(new Range(Long.parseLong(gap.group(1)), Long.parseLong(gap.group(2))));
        continue;
      }
      Matcher id = ID.matcher(text);
      if (!id.find()) {
        wrong.add(violation(i, "entry %d has no id".formatted(i)));
        continue;
      }
      String change = id.group(1) + ":" + id.group(2);
      Integer earlier = told.put(change, i);
      if (earlier != null) {
        wrong.add(violation(Long.parseLong(id.group(2)), "%s has the entries %d and %d".formatted(change, earlier, i)));
      }
      if (Long.parseLong(id.group(2)) < revision) {
        wrong.add(violation(revision, "entry %d is of an older revision than the one before".formatted(i)));
      }
      revision = Long.parseLong(id.group(2));
      Optional<byte[]> written = changes.get(change);
      if (written == null) {
        wrong.add(violation(revision, "entry %d tells of %s, which never was".formatted(i, change)));
      } else if (!written.map(HexFormat.of()::formatHex).equals(first(DIGEST, text))) {
        wrong.add(violation(revision, "the digest in entry %d is not that of %s".formatted(i, change)));
      }
    }
    long covered = covered();
    changes.keySet().stream()
        .filter(change -> !told.containsKey(change))
        .map(change -> Map.entry(change, Long.parseLong(change.substring(change.lastIndexOf(':') + 1))))
        .filter(change -> change.getValue() <= covered && gaps.stream().noneMatch(gap -> gap.holds(change.getValue())))
        .forEach(change -> wrong.add(violation(change.getValue(), change.getKey() + " has no entry")));
    return wrong;
  }

  private static Optional<String> first(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  private static byte[] sha256(ByteString value) {
    return Hashes.sha256().digest(value.toByteArray());
  }

  private void found(long revision, String what) {
    violations.add(violation(revision, what));
  }

  private static Violation violation(long revision, String what) {
    return new Violation(Invariant.I13_WITNESS, "witness", revision, what);
  }
}
