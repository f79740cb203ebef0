package io.infrafabric.governor.budget;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountKind;
import io.infrafabric.governor.v1.AccountState;
import io.infrafabric.names.Limits;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** Where accounts may stand, and how one is named to people: by the way from the top of its tree. */
final class TreeRules {
  /** More than any tree is deep: a way that is longer goes round. */
  private static final int LONGEST_WAY = 4 * Limits.ACCOUNT_DEPTH;

  private TreeRules() {}

  /** Ids from the top of the tree to the account; an account that is not known here ends the way. */
  static List<String> path(String id, Function<String, Optional<Account>> look) {
    LinkedList<String> path = new LinkedList<>();
    String at = id;
    while (!at.isEmpty() && path.size() < LONGEST_WAY) {
      path.addFirst(at);
      at = look.apply(at).map(Account::getParentId).orElse("");
    }
    return List.copyOf(path);
  }

  /** The way as text: {@code acme/alpha/run-1}. */
  static String words(String id, Function<String, Optional<Account>> look) {
    return String.join("/", path(id, look));
  }

  /** Why nothing may be opened beneath an account or spent from it: it, or one above it, is closed or being closed. */
  static Optional<Refusal> ended(String id, Function<String, Optional<Account>> look) {
    return path(id, look).stream()
        .flatMap(above -> look.apply(above).stream())
        .filter(account -> account.getState() != AccountState.ACCOUNT_STATE_UNSPECIFIED)
        .findFirst()
        .map(
            over ->
                Refusal.of(
                        ErrorCode.ERROR_CODE_ACCOUNT_ENDED,
                        "account %s cannot be used: %s is %s".formatted(words(id, look), words(over.getAccountId(), look), state(over)))
                    .with("account_id", id)
                    .with("ended_account_id", over.getAccountId()));
  }

  private static String state(Account account) {
    return account.getState() == AccountState.ACCOUNT_STATE_CLOSED ? "closed" : "being closed";
  }

  /** The refusal for an account that is not there. */
  static Refusal missing(String field, String id) {
    return Refusal.of(ErrorCode.ERROR_CODE_ACCOUNT_NOT_FOUND, "%s: there is no account %s".formatted(field, id)).with("account_id", id).withField(field, "an account that is there");
  }

  /** The refusal of what was begun with an account that stood elsewhere. */
  static Refusal moved(String id) {
    return Refusal.of(ErrorCode.ERROR_CODE_CONTENDED, "account %s was put elsewhere meanwhile; nothing was written".formatted(id)).with("account_id", id);
  }

  /** Why an account of a kind may not stand beneath another, if so. */
  static Optional<Refusal> misplaced(String id, AccountKind kind, Account parent, Function<String, Optional<Account>> look) {
    String way = words(parent.getAccountId(), look);
    AccountKind above = kindOf(parent);
    boolean same = kind == above && kind != AccountKind.ACCOUNT_KIND_SWARM;
    if (!same && level(kind) <= level(above)) {
      return Optional.of(
          Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "account %s of a %s cannot stand beneath %s of a %s".formatted(id, word(kind), way, word(above)))
              .with("path", way)
              .withField("kind", "beneath a %s: %s".formatted(word(above), beneath(above))));
    }
    if (path(parent.getAccountId(), look).size() >= Limits.ACCOUNT_DEPTH) {
      return Optional.of(
          Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "account %s would stand deeper than %d: beneath %s".formatted(id, Limits.ACCOUNT_DEPTH, way))
              .with("path", way)
              .withField("parent_id", "an account above the depth of " + Limits.ACCOUNT_DEPTH));
    }
    if (parent.getChildren() >= Limits.ACCOUNT_CHILDREN) {
      return Optional.of(
          Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "%s has %d accounts beneath it already".formatted(way, parent.getChildren()))
              .with("path", way)
              .withField("parent_id", "an account with fewer than %d beneath it".formatted(Limits.ACCOUNT_CHILDREN)));
    }
    return Optional.empty();
  }

  /** Why an account may not be put beneath another: it stands above it, or is it. */
  static Optional<Refusal> cycle(String id, String parent, Function<String, Optional<Account>> look) {
    List<String> path = path(parent, look);
    if (!path.contains(id)) {
      return Optional.empty();
    }
    String way = String.join("/", path);
    return Optional.of(
        Refusal.of(ErrorCode.ERROR_CODE_ACCOUNT_CYCLE, "account %s cannot stand beneath itself: %s/%s".formatted(id, way, id))
            .with("path", way)
            .withField("parent_id", "an account that does not stand beneath " + id));
  }

  /** Why a swarm may not do this: the account is not its own and does not stand beneath its own. Everybody else names no swarm. */
  static Optional<Refusal> outOfReach(String swarm, String id, Function<String, Optional<Account>> look) {
    if (swarm.isEmpty() || path(id, look).contains(swarm)) {
      return Optional.empty();
    }
    return Optional.of(
        Refusal.of(ErrorCode.ERROR_CODE_PERMISSION_DENIED, "account %s does not stand beneath that of swarm %s".formatted(id, swarm))
            .with("account_id", id)
            .with("swarm_id", swarm));
  }

  /** The same of what a swarm does with accounts beneath its own only: it cannot take its own out of the tree that it stands in. */
  static Optional<Refusal> notBeneath(String swarm, String id, Function<String, Optional<Account>> look) {
    if (!swarm.isEmpty() && id.equals(swarm)) {
      return Optional.of(
          Refusal.of(
                  ErrorCode.ERROR_CODE_PERMISSION_DENIED,
                  "swarm %s cannot close its own account, only those beneath it: a service or an admin does, without swarm_id".formatted(swarm))
              .with("account_id", id)
              .with("swarm_id", swarm));
    }
    return outOfReach(swarm, id, look);
  }

  /** The kind of an account; one from before there were kinds is a swarm's. */
  static AccountKind kindOf(Account account) {
    return account.getKind() == AccountKind.ACCOUNT_KIND_UNSPECIFIED ? AccountKind.ACCOUNT_KIND_SWARM : account.getKind();
  }

  private static int level(AccountKind kind) {
    return switch (kind) {
      case ACCOUNT_KIND_ORGANISATION -> 1;
      case ACCOUNT_KIND_SWARM, ACCOUNT_KIND_UNSPECIFIED -> 2;
      case ACCOUNT_KIND_TASK, ACCOUNT_KIND_RUN -> 3;
      case ACCOUNT_KIND_STEP -> 4;
      case UNRECOGNIZED -> 0;
    };
  }

  private static String beneath(AccountKind above) {
    return switch (above) {
      case ACCOUNT_KIND_ORGANISATION -> "organisation, swarm, task, run, step";
      case ACCOUNT_KIND_SWARM, ACCOUNT_KIND_UNSPECIFIED -> "task, run, step";
      case ACCOUNT_KIND_TASK -> "task, step";
      case ACCOUNT_KIND_RUN -> "run, step";
      case ACCOUNT_KIND_STEP, UNRECOGNIZED -> "step";
    };
  }

  private static String word(AccountKind kind) {
    return kind.name().substring("ACCOUNT_KIND_".length()).toLowerCase(Locale.ROOT);
  }
}
