package io.infrafabric.chassis.work;

import io.infrafabric.coordinator.v1.Withdrawal;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which thread works on which claim, so that work on a claim that was withdrawn is stopped at once. */
final class ClaimsAtWork {
  private static final Logger log = LoggerFactory.getLogger(ClaimsAtWork.class);

  private final Map<String, Thread> threads = new HashMap<>();

  /** What is done under a claim. */
  interface Work {
    boolean run() throws InterruptedException;
  }

  /**
   * Does the work on this thread. Returns false also when the claim was withdrawn meanwhile; then the thread can take the next.
   *
   * @throws InterruptedException the thread is to stop for another reason
   */
  boolean run(String claimId, Work work) throws InterruptedException {
    synchronized (threads) {
      threads.put(claimId, Thread.currentThread());
    }
    try {
      return work.run();
    } catch (InterruptedException stopped) {
      if (isAtWork(claimId)) {
        throw stopped;
      }
      return false;
    } finally {
      ended(claimId);
    }
  }

  private boolean isAtWork(String claimId) {
    synchronized (threads) {
      return threads.containsKey(claimId);
    }
  }

  /** An interrupt that was meant for this claim does not reach the next one. */
  private void ended(String claimId) {
    synchronized (threads) {
      if (threads.remove(claimId) == null) {
        Thread.interrupted();
      }
    }
  }

  /** Stops the work on a claim, if it is done here. */
  void withdraw(Withdrawal withdrawal) {
    synchronized (threads) {
      Thread thread = threads.remove(withdrawal.getClaimId());
      if (thread != null) {
        log.atInfo().addKeyValue("claim", withdrawal.getClaimId()).addKeyValue("end", withdrawal.getEnd()).addKeyValue("reason", withdrawal.getReason()).log("the claim was withdrawn, its work is stopped");
        thread.interrupt();
      }
    }
  }
}
