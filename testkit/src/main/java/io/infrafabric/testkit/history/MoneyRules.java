package io.infrafabric.testkit.history;

import com.google.protobuf.InvalidProtocolBufferException;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.LedgerLine;
import io.infrafabric.names.Keys;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** Judges the accounts of a whole history by I7: every amount of the tree, at every revision. Pure. */
public final class MoneyRules {
  private MoneyRules() {}

  /**
   * What must not be.
   *
   * @param written all versions under accounts/ and ledger/, in any order; others are not looked at
   */
  public static List<Violation> judge(Keys keys, List<Version> written) {
    TreeMap<Long, List<Version>> revisions = new TreeMap<>();
    written.forEach(version -> revisions.computeIfAbsent(version.revision(), revision -> new ArrayList<>()).add(version));
    TreeBooks tree = new TreeBooks();
    List<Violation> violations = new ArrayList<>();
    revisions.forEach(
        (revision, versions) -> {
          versions.forEach(version -> next(keys, tree, version));
          tree.judge((invariant, account, what) -> violations.add(new Violation(invariant, account, revision, what)));
        });
    return violations;
  }

  private static void next(Keys keys, TreeBooks tree, Version version) {
    try {
      if (version.key().startsWith(keys.accounts())) {
        Optional<Account> account = version.value().isPresent() ? Optional.of(Account.parseFrom(version.value().get())) : Optional.empty();
        tree.account(Keys.idOf(version.key()), account);
      } else if (version.key().startsWith(keys.ledger()) && version.value().isPresent()) {
        tree.line(version.key(), LedgerLine.parseFrom(version.value().get()));
      }
    } catch (InvalidProtocolBufferException planted) {
      // What is no record was put there by a test: its services leave it alone, too.
    }
  }
}
