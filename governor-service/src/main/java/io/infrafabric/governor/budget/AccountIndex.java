package io.infrafabric.governor.budget;

import io.infrafabric.governor.books.BooksCodec;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountState;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.Keys;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;

/** Which accounts stand beneath which, as far as is known here, and which of them have something to do by themselves. */
final class AccountIndex {
  private final Map<String, NavigableSet<String>> children = new ConcurrentHashMap<>();
  private final Map<String, String> parents = new ConcurrentHashMap<>();
  private final Set<String> closing = ConcurrentHashMap.newKeySet();
  private final Set<String> drawing = ConcurrentHashMap.newKeySet();

  /** Follows the accounts of a replica. */
  static AccountIndex follow(Replica replica, Keys keys) {
    AccountIndex index = new AccountIndex();
    replica.onChange(keys.accounts(), (key, before, after) -> index.changed(Keys.idOf(key), after));
    return index;
  }

  private void changed(String id, Optional<Entry> after) {
    Optional<Account> account = after.map(BooksCodec::account);
    String parent = account.map(Account::getParentId).orElse("");
    String before = parent.isEmpty() ? parents.remove(id) : parents.put(id, parent);
    if (before != null && !before.equals(parent)) {
      children.computeIfPresent(
          before,
          (key, ids) -> {
            ids.remove(id);
            return ids.isEmpty() ? null : ids;
          });
    }
    if (!parent.isEmpty()) {
      children.computeIfAbsent(parent, key -> new ConcurrentSkipListSet<>()).add(id);
    }
    note(closing, id, account.filter(found -> found.getState() == AccountState.ACCOUNT_STATE_CLOSING).isPresent());
    note(drawing, id, account.filter(Account::hasDraw).isPresent());
  }

  private static void note(Set<String> ids, String id, boolean in) {
    if (in) {
      ids.add(id);
    } else {
      ids.remove(id);
    }
  }

  /** Accounts right beneath one, by id. */
  List<String> beneath(String id) {
    NavigableSet<String> ids = children.get(id);
    return ids == null ? List.of() : List.copyOf(ids);
  }

  /** The account that one stands beneath, as far as is known here. */
  Optional<String> parent(String id) {
    return Optional.ofNullable(parents.get(id));
  }

  /** An account and all beneath it, each after those beneath it; at most so many. */
  List<String> deepestFirst(String id, int most) {
    List<String> order = new ArrayList<>();
    collect(id, most, order, 0);
    return order;
  }

  private void collect(String id, int most, List<String> order, int depth) {
    if (depth > 64) {
      return; // a way that goes round is none
    }
    for (String child : beneath(id)) {
      if (order.size() >= most) {
        return;
      }
      collect(child, most, order, depth + 1);
    }
    if (order.size() < most) {
      order.add(id);
    }
  }

  /** Accounts that are being closed. */
  Set<String> closing() {
    return Set.copyOf(closing);
  }

  /** Whether an account draws by itself. */
  boolean draws(String id) {
    return drawing.contains(id);
  }

  /** Accounts that draw by themselves. */
  Set<String> drawing() {
    return Set.copyOf(drawing);
  }
}
