package io.infrafabric.governor.witness;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.kit.merkle.LogFolder;
import io.infrafabric.kit.merkle.SigningKey;
import io.infrafabric.kit.merkle.VerifierKey;
import io.infrafabric.kit.store.Election;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.telemetry.Counter;
import io.infrafabric.kit.telemetry.Metrics;
import io.infrafabric.names.Keys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The witness log of one governor: writes it while this instance is elected, and says why when it does not. One whose folder cannot
 * be gone on with resigns for a while, so that an instance that has the log gets the role.
 */
public final class Witness implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Witness.class);
  private static final Duration LOOK = Duration.ofMillis(500);
  private static final Duration REST = Duration.ofSeconds(15);
  private static final String STANDBY = "another instance writes it, or none is elected yet";

  private final Optional<String> off;
  private final Optional<Writing> writing;

  private Witness(Optional<String> off, Optional<Writing> writing) {
    this.off = off;
    this.writing = writing;
  }

  /** The log while it may be read: what is signed of it, and by whom. */
  record Readable(LogFolder folder, SignedHead head, List<VerifierKey> trusted) {}

  /**
   * Writes whenever this instance is elected.
   *
   * @param instance names this process, for people
   * @param modelOf the model of a swarm, empty when it is not known
   * @throws IllegalArgumentException when the key or the trust file cannot be used
   */
  public static Witness open(
      Store store, Keys keys, WitnessSettings settings, String instance, UnaryOperator<String> modelOf, InstantSource clock, Metrics metrics) {
    if (!settings.on() || settings.keyFile().isEmpty()) {
      String why = settings.on() ? "it has no key (witness-key-file)" : "it is off (witness-on)";
      log.atWarn().addKeyValue("cause", why).log("this governor keeps no witness log");
      return new Witness(Optional.of(why), Optional.empty());
    }
    return new Witness(Optional.empty(), Optional.of(new Writing(store, keys, settings, instance, modelOf, clock, metrics)));
  }

  /**
   * The log as far as it is signed.
   *
   * @throws io.infrafabric.error.RefusedException WITNESS_NOT_KEPT or WITNESS_DAMAGED
   */
  Readable readable() {
    Writing here = writing.orElseThrow(() -> notKept(off.orElseThrow()));
    return here.readable();
  }

  private static RuntimeException notKept(String why) {
    return Refusal.of(ErrorCode.ERROR_CODE_WITNESS_NOT_KEPT, "this governor has no witness log to show: " + why).asException();
  }

  /** Ends writing, and resigns. */
  @Override
  public void close() {
    writing.ifPresent(Writing::close);
  }

  private static final class Writing implements AutoCloseable {
    private final Store store;
    private final Keys keys;
    private final WitnessSettings settings;
    private final String instance;
    private final UnaryOperator<String> modelOf;
    private final InstantSource clock;
    private final SigningKey key;
    private final List<VerifierKey> trusted;
    private final Counter entries;
    private volatile Periodic loop;
    private Optional<Election> election = Optional.empty();
    private Instant standAt = Instant.MIN;
    private volatile String unready = STANDBY;
    private volatile WitnessFeed feed;
    private volatile LogFolder folder;
    private volatile WitnessWriter writer;

    Writing(Store store, Keys keys, WitnessSettings settings, String instance, UnaryOperator<String> modelOf, InstantSource clock, Metrics metrics) {
      this.store = store;
      this.keys = keys;
      this.settings = settings;
      this.instance = instance;
      this.modelOf = modelOf;
      this.clock = clock;
      this.key = SigningKey.read(settings.origin(), settings.keyFile().orElseThrow());
      this.trusted = new ArrayList<>(List.of(key.verifier()));
      settings.trustFile().ifPresent(file -> trusted.addAll(keysOf(file)));
      this.entries = metrics.counter("if.witness.entries", "Entries that were signed");
      metrics.gauge("if.witness.size", "Entries of the log, 0 where it is not written", () -> head().map(head -> head.checkpoint().size()).orElse(0L));
      metrics.gauge("if.witness.revision", "etcd revision that the log covers, 0 where it is not written", () -> head().map(SignedHead::revision).orElse(0L));
      metrics.gauge("if.witness.gaps", "Gaps in the log by this process: etcd had forgotten what was not witnessed", () -> writer == null ? 0 : writer.gaps());
      metrics.gauge("if.witness.waiting_bytes", "Bytes of changes that wait for their entries", () -> feed == null ? 0 : feed.waitingBytes());
      metrics.gauge("if.witness.stopped", "1: the log is damaged and not written", () -> writer != null && writer.stopped().isPresent() ? 1 : 0);
      this.loop = Periodic.start("witness", LOOK, settings.every(), () -> round(clock.instant()));
    }

    private static List<VerifierKey> keysOf(Path file) {
      try {
        return Files.readAllLines(file).stream().filter(line -> !line.isBlank() && !line.startsWith("#")).map(VerifierKey::parse).toList();
      } catch (IOException unreadable) {
        throw new IllegalArgumentException("cannot read witness-trust-file " + file + ": " + unreadable, unreadable);
      }
    }

    private Optional<SignedHead> head() {
      WitnessWriter now = writer;
      return now == null ? Optional.empty() : now.signed();
    }

    private void round(Instant now) {
      if (election.isEmpty()) {
        if (now.isBefore(standAt)) {
          return;
        }
        election = Optional.of(Election.open(store, keys, "witness", instance, new Silent()));
      }
      if (!election.get().isLeader()) {
        if (writer != null) {
          writer.depose();
        }
        return;
      }
      if (writer == null) {
        open();
      }
      entries.add(writer.runOnce(now));
      if (writer.stopped().isPresent()) {
        election.get().close();
        election = Optional.empty();
        standAt = now.plus(REST);
      }
    }

    private static final class Silent implements Election.Listener {
      @Override
      public void onElected() {}

      @Override
      public void onDeposed() {}
    }

    private void open() {
      LogFolder opened;
      try {
        opened = LogFolder.open(settings.folder());
      } catch (UncheckedIOException unusable) {
        unready = "its folder cannot be used: " + unusable.getCause().getMessage();
        throw unusable;
      }
      unready = STANDBY;
      opened.write("verifier-key", key.verifier() + "\n");
      WitnessedKeys witnessed = new WitnessedKeys(keys);
      feed = new WitnessFeed(store, keys.root(), witnessed::include, settings.backlogBytes(), this::wakeUp);
      folder = opened;
      writer =
          new WitnessWriter(
              opened, new Heads(store, keys.witnessCheckpoint()), feed, witnessed, new EntryRules(witnessed, modelOf), key, trusted, instance);
    }

    /** Something came, perhaps before the loop is known here; it looks by itself too. */
    private void wakeUp() {
      Periodic started = loop;
      if (started != null) {
        started.wakeUp();
      }
    }

    Readable readable() {
      WitnessWriter now = writer;
      if (now != null && now.stopped().isPresent()) {
        throw Refusal.of(ErrorCode.ERROR_CODE_WITNESS_DAMAGED, "the witness log is not gone on with: " + now.stopped().get()).asException();
      }
      return head().map(head -> new Readable(folder, head, trusted)).orElseThrow(() -> notKept(unready));
    }

    @Override
    public void close() {
      loop.close();
      election.ifPresent(Election::close);
      if (feed != null) {
        feed.close();
      }
      if (folder != null) {
        folder.close();
      }
    }
  }
}
