package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.KEYS;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.commitment.HelpMoney;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.v1.Attempt;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.store.Change;
import io.infrafabric.names.Keys;
import io.infrafabric.testkit.store.MemoryStore;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Judges the books and blockers that a run has left in a store.
 *
 * @param seed of the run, for whoever repeats it
 */
record BookJudge(MemoryStore memory, long seed) {
  /** Every acknowledged blocker is kept, and a claim with its help never costs more than the cap of its task. */
  void blockers(Set<String> acknowledged) {
    Map<String, Blocker> kept = new HashMap<>();
    memory.entries(KEYS.blockers()).forEach(entry -> kept.put(Keys.idOf(entry.key()), Records.parse(entry, BlockerRecord.parser()).getBlocker()));
    assertThat(kept.keySet()).as("seed %d", seed).containsAll(acknowledged);
    Map<String, Task> tasks = new HashMap<>();
    memory.entries(KEYS.tasks()).forEach(entry -> tasks.put(Keys.idOf(entry.key()), StoredTask.of(entry).task()));
    for (Task task : tasks.values()) {
      for (Attempt attempt : task.getAttemptsList()) {
        long help =
            kept.values().stream()
                .filter(blocker -> blocker.getTaskId().equals(task.getSpec().getTaskId()) && blocker.getFence() == attempt.getFence())
                .flatMap(blocker -> blocker.getHelpTaskIdsList().stream())
                .flatMap(id -> tasks.get(id).getAttemptsList().stream())
                .mapToLong(Attempt::getCostMicros)
                .sum();
        assertThat(attempt.getCostMicros() + help).as("seed %d: %s", seed, task).isLessThanOrEqualTo(task.getSpec().getMaxCostMicros());
      }
    }
  }

  /** Invariant I7: at every claim what is promised fits what is left, and nothing is booked twice or below zero. */
  void money() {
    Map<String, Standing> standings = new HashMap<>();
    Map<String, CommitmentsRecord> books = new HashMap<>();
    Map<String, Set<String>> claims = new HashMap<>();
    for (Change change : memory.changes(KEYS.root())) {
      if (!(change instanceof Change.Written written)) {
        continue;
      }
      String swarm = Keys.idOf(change.key());
      if (change.key().startsWith(KEYS.standings())) {
        Standing standing = Records.parse(written.entry(), Standing.parser());
        assertThat(standing.getCreditMicros()).as("seed %d, revision %d", seed, change.revision()).isNotNegative();
        standings.put(swarm, standing);
      } else if (change.key().startsWith(KEYS.commitments())) {
        CommitmentsRecord book = Records.parse(written.entry(), CommitmentsRecord.parser());
        CommitmentsRecord before = books.put(swarm, book);
        boolean claimed = book.getCommitmentsList().stream().filter(c -> CommitmentRules.isOpen(c) && !HelpMoney.isHelp(c)).anyMatch(c -> claims.computeIfAbsent(swarm, s -> new HashSet<>()).add(c.getClaimId()));
        if (claimed) {
          long promised = CommitmentRules.totalMicros(CommitmentRules.withoutSettled(book, standings.get(swarm)));
          assertThat(promised).as("seed %d, revision %d: promises of %s", seed, change.revision(), swarm).isLessThanOrEqualTo(standings.get(swarm).getCreditMicros());
          // Who goes on takes its place again whatever the room, maybe in the same transaction.
          assertThat(CommitmentRules.atWork(book) - resumed(before, book)).as("seed %d: claims of %s", seed, swarm).isLessThanOrEqualTo(3);
        }
        assertThat(book.getEndedCount()).isGreaterThanOrEqualTo(before == null ? 0 : before.getEndedCount());
        assertThat(book.getCommitmentsList().stream().filter(c -> !CommitmentRules.isOpen(c)).map(Commitment::getEndedNumber)).doesNotHaveDuplicates();
      }
    }
  }

  private static int resumed(CommitmentsRecord before, CommitmentsRecord after) {
    List<String> parked = before == null ? List.of() : before.getCommitmentsList().stream().filter(Commitment::getParked).map(Commitment::getClaimId).toList();
    return (int) after.getCommitmentsList().stream().filter(c -> CommitmentRules.isOpen(c) && !c.getParked() && parked.contains(c.getClaimId())).count();
  }
}
