package io.infrafabric.governor.budget;

import io.infrafabric.error.Refusal;
import io.infrafabric.governor.books.BooksCodec;
import io.infrafabric.governor.v1.AccountState;
import io.infrafabric.governor.v1.CloseAccountRequest;
import io.infrafabric.governor.v1.CloseAccountResponse;
import io.infrafabric.names.SwarmId;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/** Closes accounts with all beneath them, step by step; any governor goes on where another has stopped. */
final class Closes {
  /** What one transaction may compare: etcd takes 128. */
  private static final int MOST_COMPARES = 100;

  private static final int COMPARES_OF_OWN = 2;
  private static final int COMPARES_OF_SWARM = 7;
  private static final int LOOKED_AT = 64;

  private final ReplicaAccounts accounts;
  private final InstantSource clock;

  Closes(ReplicaAccounts accounts, InstantSource clock) {
    this.accounts = accounts;
    this.clock = clock;
  }

  /** Closes as far as that is possible now. */
  CompletableFuture<CloseAccountResponse> close(CloseAccountRequest request) {
    Optional<Refusal> refusal = CloseRules.validate(request);
    if (refusal.isPresent()) {
      return CompletableFuture.failedFuture(refusal.get().asException());
    }
    return accounts.refresh(List.of(request.getAccountId())).thenCompose(read -> step(request, 0, new TreeSet<>()));
  }

  private CompletableFuture<CloseAccountResponse> step(CloseAccountRequest request, int closed, Set<String> waitsFor) {
    List<String> part = part(request.getAccountId(), waitsFor);
    return accounts
        .change(scope(request, part), sheet -> CloseRules.step(sheet, request, part, clock.instant()))
        .thenCompose(
            step -> {
              waitsFor.addAll(step.waitsFor());
              int all = closed + step.closed();
              boolean stuck = !step.done() && step.closed() == 0 && step.waitsFor().isEmpty();
              return step.done() || stuck
                  ? CompletableFuture.completedFuture(answer(step.done(), all, waitsFor))
                  : step(request, all, waitsFor);
            });
  }

  /** The next accounts to close: as many as fit into a transaction, without those that wait. */
  private List<String> part(String top, Set<String> waitsFor) {
    List<String> part = new ArrayList<>();
    Set<String> touched = new LinkedHashSet<>(Set.of(top));
    int compares = compares(top);
    for (String id : accounts.index().deepestFirst(top, LOOKED_AT + waitsFor.size())) {
      int more = touched.contains(id) ? 0 : compares(id);
      String parent = accounts.index().parent(id).orElse(id);
      more += touched.contains(parent) || parent.equals(id) ? 0 : compares(parent);
      if (compares + more > MOST_COMPARES) {
        break;
      }
      if (!waitsFor.contains(id)) {
        part.add(id);
        touched.add(id);
        touched.add(parent);
        compares += more;
      }
    }
    return part;
  }

  private int compares(String id) {
    return accounts.look(id).filter(account -> !BooksCodec.isSwarms(account)).isPresent() ? COMPARES_OF_OWN : COMPARES_OF_SWARM;
  }

  private Scope scope(CloseAccountRequest request, List<String> part) {
    List<SwarmId> ids = new ArrayList<>(List.of(new SwarmId(request.getAccountId())));
    Set<SwarmId> lines = new LinkedHashSet<>();
    for (String id : part) {
      ids.add(new SwarmId(id));
      lines.add(new SwarmId(id));
      accounts.index().parent(id).map(SwarmId::new).ifPresent(ids::add);
    }
    return Scope.of(request.getRequestId(), ids).withLinesOf(lines);
  }

  private static CloseAccountResponse answer(boolean done, int closed, Set<String> waitsFor) {
    return CloseAccountResponse.newBuilder()
        .setState(done ? AccountState.ACCOUNT_STATE_CLOSED : AccountState.ACCOUNT_STATE_CLOSING)
        .setClosed(closed)
        .addAllWaitsForSwarms(waitsFor)
        .build();
  }
}
