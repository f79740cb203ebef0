package io.infrafabric.kit.store;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An in-memory copy of some prefixes of the store, and the way through which they are changed. One thread applies what the
 * watch and the own commits bring, asks decisions and packs what they want into groups: whatever arrived while the last
 * group was committing forms the next one.
 */
public final class Replica implements View, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Replica.class);

  private final Mailbox mailbox;
  private final GroupCommit commits;
  private final List<Feed> feeds = new ArrayList<>();
  private final Copy entries = new Copy();
  private final Map<String, Long> watched = new ConcurrentHashMap<>();
  private final List<Follower> followers = new CopyOnWriteArrayList<>();
  private final List<Subscription> listeners = new CopyOnWriteArrayList<>();
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final Set<String> missing = new HashSet<>();
  /** Keys deleted by own commits that the watch has yet to tell of, so that an older write it brings does not revive them. */
  private final Map<String, Long> buried = new HashMap<>();
  private volatile long revision;

  private record Subscription(String prefix, ReplicaListener listener) {}

  private record Follower(String prefix, Consumer<Entry> consumer) {}

  private Replica(String name, Store store, List<Prefix> prefixes, ReplicaSettings settings) {
    mailbox = new Mailbox("replica-" + name, this::afterMail);
    commits = new GroupCommit(store, settings, mailbox, this);
    for (Prefix prefix : prefixes) {
      watched.put(prefix.path(), 0L);
      missing.add(prefix.path());
      feeds.add(
          new Feed(store, prefix, mailbox, snapshot -> reset(prefix.path(), snapshot), changes -> follow(prefix.path(), changes)));
    }
  }

  /**
   * Begins to copy.
   *
   * @param name for threads and logs
   */
  public static Replica open(String name, Store store, List<Prefix> prefixes, ReplicaSettings settings) {
    Replica replica = new Replica(name, store, prefixes, settings);
    replica.mailbox.start();
    replica.commits.start();
    replica.feeds.forEach(Feed::start);
    return replica;
  }

  /** Done when every prefix has been copied once. */
  public CompletableFuture<Void> ready() {
    return ready.copy();
  }

  @Override
  public Optional<Entry> get(String key) {
    return Optional.ofNullable(entries.get(key));
  }

  /** The entries under a prefix, by key; a live view that any thread may iterate. */
  public NavigableMap<String, Entry> scan(String prefix) {
    return entries.between(prefix, true, prefix + Character.MAX_VALUE);
  }

  /** The entries under a prefix after a key, by key. */
  public NavigableMap<String, Entry> scanAfter(String prefix, String key) {
    return entries.between(key, false, prefix + Character.MAX_VALUE);
  }

  /** The newest revision seen. */
  public long revision() {
    return revision;
  }

  /** How often a prefix was copied anew because its watch broke. */
  public long resyncs() {
    return feeds.stream().mapToLong(feed -> Math.max(0, feed.snapshots() - 1)).sum();
  }

  /** Copies a prefix anew and watches from there, as after a broken watch. */
  void copyAnew(String prefix) {
    feeds.stream().filter(feed -> feed.path().equals(prefix)).forEach(Feed::start);
  }

  /** False while the store does not answer. */
  public boolean reachable() {
    return commits.reachable();
  }

  /** Tells of changes under the prefix from now on, beginning with what is there. */
  public void onChange(String prefix, ReplicaListener listener) {
    mailbox.execute(
        () -> {
          Subscription subscription = new Subscription(prefix, listener);
          scan(prefix).values().forEach(entry -> tell(subscription, entry.key(), Optional.empty(), Optional.of(entry)));
          listeners.add(subscription);
        });
  }

  /**
   * Tells what is written under the prefix as the store's watch tells it: in revision order, whoever wrote it, from the
   * next revision after {@link #watchedRevision} on. After a gap in the watch only the newest version of each key. Called on
   * the replica's thread; must be quick and must not throw.
   */
  public void follow(String prefix, Consumer<Entry> consumer) {
    followers.add(new Follower(prefix, consumer));
  }

  /** The revision up to which the watch on a prefix has told everything; one of the prefixes of this replica. */
  public long watchedRevision(String prefix) {
    return watched.get(prefix);
  }

  /** Runs something on the replica's thread. */
  public void execute(Runnable action) {
    mailbox.execute(action);
  }

  /**
   * Carries a mutation out.
   *
   * @return the answer; or a {@link io.infrafabric.error.RefusedException}: what the decision refuses, CONTENDED,
   *     OVERLOADED, UNAVAILABLE (nothing was written) or OUTCOME_UNKNOWN. Completed on the replica's thread: go on
   *     elsewhere with anything slow.
   */
  public <T> CompletableFuture<T> decide(Decision<T> decision) {
    return commits.submit(decision);
  }

  /** Reads keys from the store itself, not from the copy; they need not be under a prefix that is copied. */
  public CompletableFuture<Map<String, Entry>> refresh(Set<String> keys) {
    List<String> all = List.copyOf(keys);
    CompletableFuture<Map<String, Entry>> found = CompletableFuture.completedFuture(Map.of());
    for (int from = 0; from < all.size(); from += GroupCommit.READ_KEYS) {
      Set<String> some = new LinkedHashSet<>(all.subList(from, Math.min(all.size(), from + GroupCommit.READ_KEYS)));
      found = found.thenCombine(read(some), Replica::both);
    }
    return found;
  }

  private static Map<String, Entry> both(Map<String, Entry> some, Map<String, Entry> more) {
    Map<String, Entry> all = new HashMap<>(some);
    all.putAll(more);
    return all;
  }

  private CompletableFuture<Map<String, Entry>> read(Set<String> asked) {
    Reading reading = new Reading(asked);
    return decide(reading)
        .exceptionallyCompose(
            failure -> reading.isDone(failure) ? CompletableFuture.completedFuture(reading.found) : CompletableFuture.failedFuture(failure));
  }

  /** Refuses whatever it sees, so that its keys are read from the store before the refusal stands. */
  private static final class Reading implements Decision<Map<String, Entry>> {
    private final Refusal done = Refusal.of(ErrorCode.ERROR_CODE_INTERNAL, "read");
    private final Set<String> keys;
    private Map<String, Entry> found = Map.of();

    Reading(Set<String> keys) {
      this.keys = keys;
    }

    @Override
    public Set<String> reads() {
      return keys;
    }

    @Override
    public Set<String> writes() {
      return Set.of();
    }

    @Override
    public Step<Map<String, Entry>> decide(View view) {
      Map<String, Entry> seen = new HashMap<>();
      keys.forEach(key -> view.get(key).ifPresent(entry -> seen.put(key, entry)));
      found = seen;
      return Step.refuse(done);
    }

    boolean isDone(Throwable failure) {
      return failure instanceof RefusedException refused && refused.refusal() == done;
    }
  }

  /** Whether a key is under one of the prefixes that are copied. */
  boolean copies(String key) {
    return watched.containsKey(prefixOf(key));
  }

  /** Applies what a transaction of this replica wrote or read; ignored where the watch is further. */
  void learn(String key, Optional<Entry> current, long atRevision) {
    Long seen = watched.get(prefixOf(key));
    if (seen == null || seen >= atRevision) {
      return;
    }
    Entry known = entries.get(key);
    if (current.isPresent()) {
      if (known == null || known.modRevision() < current.get().modRevision()) {
        apply(key, current);
      }
    } else if (known != null && known.modRevision() <= atRevision) {
      buried.put(key, atRevision);
      apply(key, Optional.empty());
    }
    revision = Math.max(revision, atRevision);
  }

  private void follow(String prefix, List<Change> changes) {
    for (Change change : changes) {
      Entry known = entries.get(change.key());
      boolean newer = known == null || known.modRevision() < change.revision();
      if (newer && buried.getOrDefault(change.key(), 0L) <= change.revision()) {
        apply(change.key(), change instanceof Change.Written written ? Optional.of(written.entry()) : Optional.empty());
      }
      watched.merge(prefix, change.revision(), Math::max);
      revision = Math.max(revision, change.revision());
      if (change instanceof Change.Written written) {
        tell(written.entry());
      }
    }
    unbury(prefix);
  }

  /** The watch knows of these deletes by now. */
  private void unbury(String prefix) {
    long seen = watched.get(prefix);
    buried.entrySet().removeIf(grave -> grave.getValue() <= seen && grave.getKey().startsWith(prefix));
  }

  private void reset(String prefix, Snapshot snapshot) {
    Map<String, Entry> fresh = new HashMap<>();
    Set<String> repaired = new HashSet<>();
    snapshot.entries().forEach(entry -> fresh.put(entry.key(), entry));
    for (Entry known : List.copyOf(scan(prefix).values())) {
      if (!fresh.containsKey(known.key()) && known.modRevision() <= snapshot.revision()) {
        apply(known.key(), Optional.empty());
      }
    }
    for (Entry entry : snapshot.entries()) {
      Entry known = entries.get(entry.key());
      boolean newer = known == null || known.modRevision() < entry.modRevision();
      if (newer && buried.getOrDefault(entry.key(), 0L) < entry.modRevision()) {
        apply(entry.key(), Optional.of(entry));
        repaired.add(entry.key());
      }
    }
    long before = watched.get(prefix);
    watched.merge(prefix, snapshot.revision(), Math::max);
    unbury(prefix);
    if (before > 0 && !followers.isEmpty()) {
      snapshot.entries().stream()
          .filter(entry -> entry.modRevision() > before || repaired.contains(entry.key()))
          .sorted(Comparator.comparingLong(Entry::modRevision))
          .forEach(this::tell);
    }
    revision = Math.max(revision, snapshot.revision());
    if (missing.remove(prefix) && missing.isEmpty()) {
      ready.complete(null);
    }
  }

  private void tell(Entry entry) {
    for (Follower follower : followers) {
      if (entry.key().startsWith(follower.prefix())) {
        try {
          follower.consumer().accept(entry);
        } catch (RuntimeException bug) {
          log.atError().setCause(bug).addKeyValue("key", entry.key()).log("a follower failed");
        }
      }
    }
  }

  private void apply(String key, Optional<Entry> after) {
    Optional<Entry> before = Optional.ofNullable(after.isPresent() ? entries.put(after.get()) : entries.remove(key));
    if (before.isEmpty() && after.isEmpty()) {
      return;
    }
    for (Subscription subscription : listeners) {
      if (key.startsWith(subscription.prefix())) {
        tell(subscription, key, before, after);
      }
    }
  }

  private static void tell(Subscription subscription, String key, Optional<Entry> before, Optional<Entry> after) {
    try {
      subscription.listener().onChange(key, before, after);
    } catch (RuntimeException bug) {
      log.atError().setCause(bug).addKeyValue("key", key).log("a listener failed");
    }
  }

  private String prefixOf(String key) {
    for (String prefix : watched.keySet()) {
      if (key.startsWith(prefix)) {
        return prefix;
      }
    }
    return "";
  }

  private void afterMail() {
    commits.pump();
  }

  @Override
  public void close() {
    feeds.forEach(Feed::close);
    commits.close();
    mailbox.close(Duration.ofSeconds(5));
  }
}
