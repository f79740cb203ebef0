package io.infrafabric.coordinator.commitment;

import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.names.SwarmId;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Help is paid by the swarm that is helped, out of the cap of its blocked claim. When help is made, the claim's line in the book of that swarm
 * is split: a line for each claim that the help may take, with its cap. What such a claim has cost is booked in its line, the rest goes back to
 * where it came from; so the lines of one claim never promise more than the claim did (I7). Pure; money in micro-USD.
 */
public final class HelpMoney {
  private HelpMoney() {}

  /** Who pays for a task instead of its holder, if anybody. */
  public static Optional<SwarmId> payer(TaskSpec spec) {
    return spec.getPaidBySwarmId().isEmpty() ? Optional.empty() : Optional.of(new SwarmId(spec.getPaidBySwarmId()));
  }

  /** True for a line that is no claim of the book's swarm, but pays for help. */
  public static boolean isHelp(Commitment commitment) {
    return !commitment.getOutOfClaimId().isEmpty();
  }

  /** Lines for help in a book. */
  public static int lines(CommitmentsRecord book) {
    return (int) book.getCommitmentsList().stream().filter(HelpMoney::isHelp).count();
  }

  /**
   * Whether a book has room for every claim of some help tasks; free help needs none.
   *
   * @param most lines for help that it may have
   */
  public static boolean hasRoom(CommitmentsRecord book, List<TaskSpec> help, int most) {
    return total(help) == 0 || lines(book) + help.stream().mapToInt(TaskSpec::getMaxAttempts).sum() <= most;
  }

  private static long total(List<TaskSpec> help) {
    return help.stream().mapToLong(spec -> Math.multiplyExact(spec.getMaxCostMicros(), spec.getMaxAttempts())).sum();
  }

  /**
   * The book with money set aside for every claim of some help tasks; nothing while the claim that is helped has not as much in it.
   *
   * @param parked the task that is helped, whose claim stands in the book with as much as the help may cost
   */
  public static Optional<CommitmentsRecord> setAside(CommitmentsRecord book, Task parked, List<TaskSpec> help) {
    Optional<Commitment> from = lineOf(book, parked);
    long total = total(help);
    if (total == 0) {
      return Optional.of(book);
    }
    if (from.isEmpty() || from.get().getMaxCostMicros() < total) {
      return Optional.empty();
    }
    CommitmentsRecord.Builder next = add(book, from.get().getClaimId(), -total).toBuilder();
    for (TaskSpec spec : help) {
      for (int attempt = 1; attempt <= spec.getMaxAttempts(); attempt++) {
        next.addCommitments(
            Commitment.newBuilder()
                .setClaimId(spec.getTaskId() + "-" + attempt)
                .setTaskId(spec.getTaskId())
                .setMaxCostMicros(spec.getMaxCostMicros())
                .setTaskClass(spec.getTaskClass())
                .setOutOfClaimId(from.get().getClaimId())
                .setAt(from.get().getAt())
                .setTrace(from.get().getTrace()));
      }
    }
    return Optional.of(next.build());
  }

  /** The line that a claim of the task is paid from: the claim's own, or for help the next one that was set aside. */
  private static Optional<Commitment> lineOf(CommitmentsRecord book, Task held) {
    boolean help = payer(held.getSpec()).isPresent();
    String claim = held.hasParked() ? held.getParked().getClaim().getClaimId() : held.getClaimed().getClaimId();
    return book.getCommitmentsList().stream()
        .filter(line -> CommitmentRules.isOpen(line) && (help ? isHelp(line) && line.getTaskId().equals(held.getSpec().getTaskId()) : line.getClaimId().equals(claim)))
        .findFirst();
  }

  /**
   * The payer's book after a claim of a help task has ended.
   *
   * @param helped the help task while it was held
   * @param ended how, with the claim and what it has cost
   * @param helper the standing of who helped; empty when nobody knows it any more
   */
  public static CommitmentsRecord ended(CommitmentsRecord book, Task helped, Commitment ended, Optional<Standing> helper) {
    Optional<Commitment> line = lineOf(book, helped);
    CommitmentsRecord next = line.map(found -> giveBack(book, found, Math.max(0, found.getMaxCostMicros() - ended.getCostMicros()))).orElse(book);
    if (ended.getCostMicros() == 0) {
      return next;
    }
    long number = next.getEndedCount() + 1;
    return next.toBuilder()
        .setEndedCount(number)
        .addCommitments(
            ended.toBuilder()
                .setTaskId(helped.getSpec().getTaskId())
                .setMaxCostMicros(ended.getCostMicros())
                .setOutOfClaimId(line.map(Commitment::getOutOfClaimId).orElse(helped.getSpec().getTaskId()))
                .setTaskClass(helped.getSpec().getTaskClass())
                .setClaimedAt(helped.getClaimed().getSince())
                .setHelperSwarmId(helped.getClaimed().getSwarmId())
                .setUnmatched(helper.filter(standing -> isUnmatched(helped.getSpec(), standing)).isPresent())
                .setEndedNumber(number))
        .build();
  }

  /** Whether a swarm has nothing of what the help needs, which only a policy that asks for no match lets claim it. */
  static boolean isUnmatched(TaskSpec help, Standing helper) {
    return help.getRequiredCapabilitiesCount() > 0 && Collections.disjoint(help.getRequiredCapabilitiesList(), helper.getCapabilitiesList());
  }

  /** The payer's book when a help task will not be claimed any more: what is still set aside for it goes back. */
  public static CommitmentsRecord finished(CommitmentsRecord book, TaskSpec help) {
    CommitmentsRecord next = book;
    for (Commitment line : book.getCommitmentsList()) {
      if (isHelp(line) && CommitmentRules.isOpen(line) && line.getTaskId().equals(help.getTaskId())) {
        next = giveBack(next, line, line.getMaxCostMicros());
      }
    }
    return next;
  }

  /** Without an open line, and with a part of its money where it came from, if that is still open. */
  private static CommitmentsRecord giveBack(CommitmentsRecord book, Commitment line, long micros) {
    CommitmentsRecord.Builder left = book.toBuilder().clearCommitments();
    book.getCommitmentsList().stream().filter(other -> !other.getClaimId().equals(line.getClaimId())).forEach(left::addCommitments);
    return add(left.build(), line.getOutOfClaimId(), micros);
  }

  private static CommitmentsRecord add(CommitmentsRecord book, String claimId, long micros) {
    CommitmentsRecord.Builder next = book.toBuilder();
    for (Commitment.Builder line : next.getCommitmentsBuilderList()) {
      if (CommitmentRules.isOpen(line) && line.getClaimId().equals(claimId)) {
        line.setMaxCostMicros(Math.addExact(line.getMaxCostMicros(), micros));
      }
    }
    return next.build();
  }
}
