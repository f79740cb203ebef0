package io.infrafabric.chassis.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.coordinator.v1.Withdrawal;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class ClaimsAtWorkTest {
  private final ClaimsAtWork atWork = new ClaimsAtWork();

  private static Withdrawal of(String claim) {
    return Withdrawal.newBuilder().setClaimId(claim).build();
  }

  @Test
  void withdrawnClaim_isStopped_andItsThreadTakesTheNext() throws InterruptedException {
    boolean done =
        atWork.run(
            "c1",
            () -> {
              atWork.withdraw(of("c1"));
              new CountDownLatch(1).await();
              return true;
            });
    assertThat(done).isFalse();
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    assertThat(atWork.run("c2", () -> true)).isTrue();
  }

  @Test
  void withdrawalThatComesTooLateToBeSeen_doesNotReachTheNextClaim() throws InterruptedException {
    atWork.run(
        "c1",
        () -> {
          atWork.withdraw(of("c1"));
          return true;
        });
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void otherClaims_areNotDisturbed() throws InterruptedException {
    boolean done =
        atWork.run(
            "c1",
            () -> {
              atWork.withdraw(of("c2"));
              return !Thread.currentThread().isInterrupted();
            });
    assertThat(done).isTrue();
  }

  @Test
  void threadThatIsToStop_stops() {
    assertThatThrownBy(
            () ->
                atWork.run(
                    "c1",
                    () -> {
                      throw new InterruptedException("the runner closes");
                    }))
        .isInstanceOf(InterruptedException.class);
  }
}
