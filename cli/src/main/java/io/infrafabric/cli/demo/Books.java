package io.infrafabric.cli.demo;

import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.cli.fabric.Requests;
import io.infrafabric.governor.v1.GetAccountRequest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Reads accounts once the governor has booked what the coordinator promised. */
record Books(FabricClients clients) {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration LOOK_EVERY = Duration.ofMillis(100);

  /** The accounts when nothing is open any more, or after the patience as they are. */
  List<SwarmMoney> settled(List<String> accounts) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    List<SwarmMoney> read = read(accounts);
    while (read.stream().anyMatch(swarm -> swarm.committedMicros() != 0) && System.nanoTime() < end) {
      LockSupport.parkNanos(LOOK_EVERY.toNanos());
      read = read(accounts);
    }
    return read;
  }

  private List<SwarmMoney> read(List<String> accounts) {
    return accounts.stream().map(this::read).toList();
  }

  private SwarmMoney read(String account) {
    GetAccountRequest request = GetAccountRequest.newBuilder().setAccountId(account).build();
    return SwarmMoney.of(Requests.retrying(PATIENCE, () -> clients.accounts().getAccount(request)));
  }
}
