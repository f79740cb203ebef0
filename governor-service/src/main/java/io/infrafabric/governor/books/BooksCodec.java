package io.infrafabric.governor.books;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountKind;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.ManifestVersion;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.governor.v1.SwarmRecord;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.RecordShape;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.names.Keys;
import io.infrafabric.names.Limits;
import io.infrafabric.names.SwarmId;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** The books of a swarm as entries of the store. A revision is that of the entry and is not written into its value. */
public record BooksCodec(Keys keys) {

  /** The keys of the books of a swarm. */
  public Set<String> keysOf(SwarmId swarm) {
    return new LinkedHashSet<>(List.of(keys.swarm(swarm), keys.standing(swarm), keys.account(swarm), keys.breaker(swarm)));
  }

  /** True when the account is a swarm's: one of its books. */
  public static boolean isSwarms(Account account) {
    return account.getKind() == AccountKind.ACCOUNT_KIND_UNSPECIFIED || account.getKind() == AccountKind.ACCOUNT_KIND_SWARM;
  }

  /** True when the id is that of an account that is no swarm's. */
  public boolean isTaken(View view, SwarmId swarm) {
    return view.get(keys.account(swarm)).filter(entry -> !isSwarms(account(entry))).isPresent();
  }

  /**
   * The books of a swarm; empty when it is not registered, and while only some of the records have come to the view, which is how a copy looks
   * when it begins: a decision on that compares all of them.
   */
  public Optional<Books> read(View view, SwarmId swarm) {
    if (present(view, swarm).size() < keysOf(swarm).size()) {
      return Optional.empty();
    }
    return Optional.of(
        new Books(
            registration(view.get(keys.swarm(swarm)).orElseThrow()),
            standing(view.get(keys.standing(swarm)).orElseThrow()),
            account(view.get(keys.account(swarm)).orElseThrow()),
            breaker(view.get(keys.breaker(swarm)).orElseThrow())));
  }

  /** Why nothing may be decided about a swarm by this view: some of its records are there and others are not, which no write of ours leaves behind. */
  Optional<Refusal> inPart(View view, SwarmId swarm) {
    List<String> present = present(view, swarm);
    List<String> missing = keysOf(swarm).stream().filter(key -> !present.contains(key)).toList();
    return present.isEmpty() || missing.isEmpty()
        ? Optional.empty()
        : Optional.of(
            Refusal.of(ErrorCode.ERROR_CODE_RECORD_UNREADABLE, "of the books of swarm " + swarm + " these are not there: " + String.join(", ", missing))
                .with("key", missing.getFirst())
                .with("swarm_id", swarm));
  }

  private List<String> present(View view, SwarmId swarm) {
    return keysOf(swarm).stream().filter(key -> view.get(key).isPresent()).toList();
  }

  /** What the coordinator lists for the swarm; nothing when it never claimed. */
  public CommitmentsRecord commitments(View view, SwarmId swarm) {
    return view.get(keys.commitments(swarm)).map(BooksCodec::commitments).orElseGet(CommitmentsRecord::getDefaultInstance);
  }

  /** Where the versions of a swarm's manifest are kept. */
  Set<String> versionKeysOf(SwarmId swarm) {
    Set<String> slots = new LinkedHashSet<>();
    for (int version = 0; version < Limits.MANIFEST_VERSIONS_KEPT; version++) {
      slots.add(keys.manifest(swarm, version));
    }
    return slots;
  }

  /** The versions of a swarm's manifest that are kept, newest first. */
  List<ManifestVersion> versions(View view, SwarmId swarm) {
    return versionKeysOf(swarm).stream()
        .flatMap(key -> view.get(key).stream())
        .map(entry -> parse(ManifestVersion.parser(), entry))
        .sorted(Comparator.comparingInt(ManifestVersion::getVersion).reversed())
        .toList();
  }

  /** Compares all records of the books and writes those that differ; a new version of the manifest is written beside them too. */
  public Txn.Builder write(View view, SwarmId swarm, Optional<Books> before, Books after) {
    return write(Txn.builder(), view, swarm, before, after);
  }

  /** The same as a part of a transaction that writes more. */
  public Txn.Builder write(Txn.Builder txn, View view, SwarmId swarm, Optional<Books> before, Books after) {
    if (before.map(books -> books.registration().getVersion()).orElse(0) != after.registration().getVersion()) {
      txn.put(view, keys.manifest(swarm, after.registration().getVersion()), version(after.registration()).toByteString());
    }
    put(txn, view, keys.swarm(swarm), before.map(Books::registration), after.registration());
    put(txn, view, keys.standing(swarm), before.map(Books::standing), after.standing());
    put(txn, view, keys.account(swarm), before.map(Books::account), told(before.map(Books::account), after.account()));
    put(txn, view, keys.breaker(swarm), before.map(Books::breaker), after.breaker());
    return txn;
  }

  private static ManifestVersion version(SwarmRecord registration) {
    return ManifestVersion.newBuilder()
        .setManifest(registration.getManifest())
        .setVersion(registration.getVersion())
        .setRegisteredAt(registration.getChangedAt())
        .setRequestId(registration.getRequestId())
        .setSignedBy(registration.getSignedBy())
        .build();
  }

  /** The books with the revision of the write in each record that it wrote. */
  static Books stamped(Optional<Books> before, Books after, long revision) {
    boolean sameStanding = before.map(books -> books.standing().equals(after.standing())).orElse(false);
    boolean sameAccount = before.map(books -> books.account().equals(after.account())).orElse(false);
    boolean sameBreaker = before.map(books -> books.breaker().equals(after.breaker())).orElse(false);
    return new Books(
        after.registration(),
        sameStanding ? after.standing() : after.standing().toBuilder().setRevision(revision).build(),
        sameAccount ? after.account() : after.account().toBuilder().setRevision(revision).build(),
        sameBreaker ? after.breaker() : after.breaker().toBuilder().setRevision(revision).build());
  }

  /** The registration in an entry. */
  public static SwarmRecord registration(Entry entry) {
    return parse(SwarmRecord.parser(), entry);
  }

  /** The standing in an entry. */
  public static Standing standing(Entry entry) {
    return parse(Standing.parser(), entry).toBuilder().setRevision(entry.modRevision()).build();
  }

  /** The account in an entry. */
  public static Account account(Entry entry) {
    return parse(Account.parser(), entry).toBuilder().setRevision(entry.modRevision()).build();
  }

  /** The breaker in an entry. */
  public static Breaker breaker(Entry entry) {
    return parse(Breaker.parser(), entry).toBuilder().setRevision(entry.modRevision()).build();
  }

  /** The commitments in an entry. */
  public static CommitmentsRecord commitments(Entry entry) {
    return parse(CommitmentsRecord.parser(), entry);
  }

  private static void put(Txn.Builder txn, View view, String key, Optional<? extends MessageLite> before, MessageLite after) {
    if (Objects.equals(before.orElse(null), after)) {
      txn.unchanged(view, key);
    } else {
      txn.put(view, key, bytes(after));
    }
  }

  /** An account tells of the call that wrote it, and not of one that wrote it before. */
  public static Account told(Optional<Account> before, Account after) {
    boolean old = after.hasLast() && before.map(Account::getLast).filter(after.getLast()::equals).isPresent();
    return old && !before.get().equals(after) ? after.toBuilder().clearLast().build() : after;
  }

  /** An account as it is kept. */
  public static ByteString bytes(Account account) {
    return bytes((MessageLite) account);
  }

  private static ByteString bytes(MessageLite record) {
    return switch (record) {
      case Standing standing -> standing.toBuilder().clearRevision().build().toByteString();
      case Account account -> account.toBuilder().clearRevision().build().toByteString();
      case Breaker breaker -> breaker.toBuilder().clearRevision().build().toByteString();
      default -> record.toByteString();
    };
  }

  private static <T extends Message> T parse(Parser<T> parser, Entry entry) {
    return RecordShape.read(entry, parser)
        .orElseThrow(() -> new IllegalStateException("malformed record at " + entry.key() + " of revision " + entry.modRevision()));
  }
}
