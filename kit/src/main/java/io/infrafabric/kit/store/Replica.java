package io.infrafabric.kit.store;

import com.google.common.collect.ImmutableList;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
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
  /** In place of a time: what a snapshot found may have been written long before. */
  public static final long LONG_AGO = Long.MIN_VALUE;

  private static final Logger log = LoggerFactory.getLogger(Replica.class);

  private final Mailbox mailbox;
  private final GroupCommit commits;
  private final List<Feed> feeds = new ArrayList<>();
  private final Copy entries = new Copy();
  private final RecordCheck check;
  private final Map<String, Long> watched = new ConcurrentHashMap<>();
  private final List<Follower> followers = new CopyOnWriteArrayList<>();
  private final List<Subscription> listeners = new CopyOnWriteArrayList<>();
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final Set<String> missing = new HashSet<>();
  /** Keys deleted by own commits that the watch has yet to tell of, so that an older write it brings does not revive them. */
  private final Map<String, Long> buried = new HashMap<>();
  private volatile long revision;
  /** Of the replica's thread. */
  private long heardNanos = LONG_AGO;

  private record Subscription(String prefix, ReplicaListener listener) {}

  private record Follower(String prefix, Consumer<Entry> consumer) {}

  private Replica(String name, Store store, List<Prefix> prefixes, ReplicaSettings settings, RecordCheck check) {
    this.check = check;
    mailbox = new Mailbox("replica-" + name, this::afterMail);
    commits = new GroupCommit(store, settings, mailbox, this);
    for (Prefix prefix : prefixes) {
      watched.put(prefix.path(), 0L);
      missing.add(prefix.path());
      feeds.add(
          new Feed(store, prefix, mailbox, snapshot -> reset(prefix.path(), snapshot), (changes, cameNanos) -> follow(prefix.path(), changes, cameNanos)));
    }
  }

  /**
   * Begins to copy.
   *
   * @param name for threads and logs
   */
  public static Replica open(String name, Store store, List<Prefix> prefixes, ReplicaSettings settings) {
    return open(name, store, prefixes, settings, RecordCheck.NONE);
  }

  /**
   * Begins to copy. A value that the check finds fault with is kept apart: to every reader and listener its key looks absent, and every
   * decision about it is refused as RECORD_UNREADABLE. What this replica has written itself is not checked.
   *
   * @param name for threads and logs
   */
  public static Replica open(String name, Store store, List<Prefix> prefixes, ReplicaSettings settings, RecordCheck check) {
    Replica replica = new Replica(name, store, prefixes, settings, check);
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

  @Override
  public boolean isUnreadable(String key) {
    return entries.unreadable(key) != null;
  }

  /** The value at a key that cannot be read, as far as it is known here. */
  public Optional<Unreadable> unreadable(String key) {
    return Optional.ofNullable(entries.unreadable(key));
  }

  /** All values that cannot be read, as far as they are known here; also at keys that are not copied but were read. */
  public Collection<Unreadable> unreadable() {
    return entries.unreadable();
  }

  /** Whether there is no value that cannot be read. */
  boolean readsAll() {
    return entries.unreadable().isEmpty();
  }

  /** What stands at a key, readable or not. */
  Optional<Entry> known(String key) {
    return Optional.ofNullable(entries.known(key));
  }

  /** What stands under a prefix, readable or not. */
  Iterable<Entry> knownUnder(String prefix) {
    return entries.knownUnder(prefix);
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
          hear(LONG_AGO);
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

  /**
   * To be asked by a listener while it is told of a change: when word of it came to this process, by {@link System#nanoTime}, with the answer to an
   * own commit or with the watch; {@link #LONG_AGO} for what was found in a snapshot.
   */
  public long heardNanos() {
    return heardNanos;
  }

  /** What is told from now on came then. */
  void hear(long cameNanos) {
    heardNanos = cameNanos;
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
            failure -> reading.isDone(failure) ? CompletableFuture.completedFuture(reading.found()) : CompletableFuture.failedFuture(failure));
  }

  /** Whether a key is under one of the prefixes that are copied. */
  public boolean copies(String key) {
    return watched.containsKey(prefixOf(key));
  }

  /** Notes what was read at a key that is not copied; answers it if it can be read. */
  Optional<Entry> beside(String key, Optional<Entry> current) {
    Optional<String> fault = current.flatMap(check::fault);
    entries.remove(key);
    fault.ifPresent(why -> apart(current.orElseThrow(), why));
    return fault.isPresent() ? Optional.empty() : current;
  }

  /** Applies what a transaction of this replica wrote. */
  void wrote(String key, Optional<Entry> current, long atRevision) {
    learn(key, current, atRevision, RecordCheck.NONE);
  }

  /** Applies what a transaction of this replica read. */
  void learn(String key, Optional<Entry> current, long atRevision) {
    learn(key, current, atRevision, check);
  }

  /** Ignored where the watch is further. */
  private void learn(String key, Optional<Entry> current, long atRevision, RecordCheck how) {
    Long seen = watched.get(prefixOf(key));
    if (seen == null || seen >= atRevision) {
      return;
    }
    Entry known = entries.known(key);
    if (current.isPresent()) {
      if (known == null || known.modRevision() < current.get().modRevision()) {
        apply(key, current, how);
      }
    } else if (known != null && known.modRevision() <= atRevision) {
      buried.put(key, atRevision);
      apply(key, Optional.empty(), how);
    }
    revision = Math.max(revision, atRevision);
  }

  private void follow(String prefix, List<Change> changes, long cameNanos) {
    hear(cameNanos);
    for (Change change : changes) {
      Entry known = entries.known(change.key());
      boolean newer = known == null || known.modRevision() < change.revision();
      if (newer && buried.getOrDefault(change.key(), 0L) <= change.revision()) {
        apply(change.key(), change instanceof Change.Written written ? Optional.of(written.entry()) : Optional.empty(), check);
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
    hear(LONG_AGO);
    Map<String, Entry> fresh = new HashMap<>();
    Set<String> repaired = new HashSet<>();
    snapshot.entries().forEach(entry -> fresh.put(entry.key(), entry));
    for (Entry known : ImmutableList.copyOf(knownUnder(prefix))) {
      if (!fresh.containsKey(known.key()) && known.modRevision() <= snapshot.revision()) {
        apply(known.key(), Optional.empty(), check);
      }
    }
    for (Entry entry : snapshot.entries()) {
      Entry known = entries.known(entry.key());
      boolean newer = known == null || known.modRevision() < entry.modRevision();
      if (newer && buried.getOrDefault(entry.key(), 0L) < entry.modRevision()) {
        apply(entry.key(), Optional.of(entry), check);
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
    if (unreadable(entry.key()).filter(found -> found.entry().modRevision() == entry.modRevision()).isPresent()) {
      return;
    }
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

  private void apply(String key, Optional<Entry> written, RecordCheck how) {
    Optional<String> fault = written.flatMap(how::fault);
    Optional<Entry> before = Optional.ofNullable(entries.get(key));
    if (fault.isPresent()) {
      apart(written.get(), fault.get());
    } else if (written.isPresent()) {
      entries.put(written.get());
    } else {
      entries.remove(key);
    }
    Optional<Entry> after = fault.isPresent() ? Optional.empty() : written;
    if (before.isEmpty() && after.isEmpty()) {
      return;
    }
    for (Subscription subscription : listeners) {
      if (key.startsWith(subscription.prefix())) {
        tell(subscription, key, before, after);
      }
    }
  }

  private void apart(Entry entry, String fault) {
    entries.apart(new Unreadable(entry, fault));
    log.atWarn().addKeyValue("key", entry.key()).addKeyValue("revision", entry.modRevision()).addKeyValue("fault", fault).log("a record cannot be read and is left out");
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
