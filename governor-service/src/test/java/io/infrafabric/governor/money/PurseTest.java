package io.infrafabric.governor.money;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Spec X7, G7: purses that give to one another. */
class PurseTest {
  private static final Purse TEN = Purse.EMPTY.plus(10);

  /** Budget 10, estimate 4: 6 left; it did cost 1: 9 left. */
  @Test
  void estimateThatWasTooHigh_comesBack() {
    Purse reserved = TEN.allot(4);
    Purse task = Purse.EMPTY.receive(4);
    assertThat(reserved.left()).isEqualTo(6);
    Purse after = reserved.absorb(task.spend(1));
    assertThat(after.left()).isEqualTo(9);
    assertThat(after).isEqualTo(new Purse(false, 10, 0, 0, 1, 0, 0));
  }

  /** Two of 6 on a budget of 10: one does not fit. */
  @Test
  void secondOfTwoThatDoNotFitTogether_isRefused() {
    Purse reserved = TEN.allot(6);
    assertThat(reserved.allowance().fits(6)).isFalse();
    assertThat(reserved.allowance().fits(4)).isTrue();
    assertThatThrownBy(() -> reserved.allot(6)).hasMessage("6 do not fit into 4");
  }

  /** 8 of 10 are spent and 5 are charged: an error, and not minus 3 (G8). */
  @Test
  void chargeThatDoesNotFit_isRefused() {
    Purse spent = TEN.spend(8);
    assertThat(spent.allowance().fits(5)).isFalse();
    assertThatThrownBy(() -> spent.spend(5)).isInstanceOf(IllegalArgumentException.class);
    assertThat(spent.spend(2).left()).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE})
  void negativeAmounts_areRefusedEverywhere(long amount) {
    List<Runnable> all =
        List.of(
            () -> TEN.plus(amount), () -> TEN.minus(amount), () -> TEN.spend(amount), () -> TEN.refund(amount), () -> TEN.allot(amount), () -> TEN.takeBack(amount),
            () -> TEN.receive(amount), () -> TEN.giveBack(amount));
    for (Runnable one : all) {
      assertThatThrownBy(one::run).isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(TEN.allowance().fits(amount)).isFalse();
    assertThat(new Allowance.Unlimited().fits(amount)).isFalse();
  }

  @Test
  void partOfWhatWasDrawn_goesBack_andNeverMore() {
    Purse parent = TEN.allot(7);
    Purse child = Purse.EMPTY.plus(5).receive(7).spend(3);
    assertThat(child.returnable()).isEqualTo(7);
    assertThatThrownBy(() -> child.giveBack(8)).isInstanceOf(IllegalArgumentException.class);
    assertThat(parent.takeBack(7)).isEqualTo(TEN);
    assertThat(child.giveBack(7)).isEqualTo(new Purse(false, 5, 0, 3, 0, 0, 0));
    assertThatThrownBy(() -> parent.takeBack(8)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void unlimited_isAValueOfItsOwn() {
    Purse all = Purse.UNLIMITED.spend(5).allot(Long.MAX_VALUE / 4);
    assertThat(all.left()).isZero();
    assertThat(all.allowance()).isEqualTo(new Allowance.Unlimited());
    assertThat(all.granted()).isEqualTo(5 + Long.MAX_VALUE / 4);
    assertThat(all.takeBack(Long.MAX_VALUE / 4).refund(5)).isEqualTo(Purse.UNLIMITED);
    assertThat(all.plus(7)).isEqualTo(all);
    assertThat(all.limited().allowance()).isEqualTo(new Allowance.Limited(0));
    assertThatThrownBy(() -> Purse.UNLIMITED.spend(Long.MAX_VALUE).spend(1)).isInstanceOf(ArithmeticException.class);
  }

  @Test
  void childThatGoesOn_leavesWhatItSpentInTheBooksOfItsParent() {
    Purse parent = TEN.allot(6);
    Purse child = Purse.EMPTY.plus(3).receive(6).spend(5);
    long back = child.returnable();
    assertThat(back).isEqualTo(4);
    Purse given = child.giveBack(back);
    Purse after = parent.takeBack(back).release(given);
    Purse gone = given.leave();
    assertThat(after).isEqualTo(new Purse(false, 10, 0, 0, 2, 0, 0));
    assertThat(gone).isEqualTo(new Purse(false, 3, 0, 5, 0, 0, 2));
    assertThat(after.left() + gone.left()).isEqualTo(8);
    assertThatThrownBy(child::leave).hasMessage("4 would have to be given back first");
  }

  @ParameterizedTest
  @CsvSource({
    "false, -1, 0, 0, 0, 0, 0, an amount is negative",
    "false, 5, 0, 3, 2, 1, 0, 5 were granted and 6 have left it",
    "false, 5, 6, 0, 0, 0, 0, 6 were drawn and 5 granted",
    "true, 5, 0, 3, 0, 0, 0, 5 were granted and 3 have left it",
    "false, 5, 0, 1, 0, 0, 2, 5 were granted and -1 have left it",
    "false, 5, 0, 9223372036854775807, 1, 0, 0, amounts are too large to add up",
  })
  void brokenPurse_isRefused(boolean unlimited, long granted, long drawn, long spent, long below, long allotted, long handed, String why) {
    assertThat(Purse.fault(unlimited, granted, drawn, spent, below, allotted, handed)).contains(why);
    assertThatThrownBy(() -> new Purse(unlimited, granted, drawn, spent, below, allotted, handed)).hasMessageContaining(why);
  }

  /** A tree of purses under any order of movements: no micro-dollar is made or lost, and what parents gave is what children drew. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void anyOrderOfMovements_conservesMoney(long seed) {
    Random random = new Random(seed);
    Purse top = Purse.EMPTY.plus(1_000_000);
    List<Purse> children = new ArrayList<>(List.of(Purse.EMPTY, Purse.EMPTY, Purse.EMPTY));
    long outside = 1_000_000;
    long spent = 0;
    for (int i = 0; i < 5_000; i++) {
      int at = random.nextInt(children.size());
      Purse child = children.get(at);
      long amount = random.nextLong(1, 5_000);
      switch (random.nextInt(7)) {
        case 0, 1 -> {
          if (top.allowance().fits(amount)) {
            top = top.allot(amount);
            children.set(at, child.receive(amount));
          }
        }
        case 2 -> {
          if (child.allowance().fits(amount)) {
            children.set(at, child.spend(amount));
            spent += amount;
          }
        }
        case 3 -> {
          long back = Math.min(amount, child.spent());
          children.set(at, child.refund(back));
          spent -= back;
        }
        case 4 -> {
          long back = Math.min(amount, child.returnable());
          children.set(at, child.giveBack(back));
          top = top.takeBack(back);
        }
        case 5 -> {
          children.set(at, child.plus(amount));
          outside += amount;
        }
        default -> {
          top = top.absorb(child);
          children.set(at, Purse.EMPTY);
        }
      }
      assertThat(top.allotted()).as("seed %d step %d", seed, i).isEqualTo(children.stream().mapToLong(Purse::drawn).sum());
      long left = top.left() + children.stream().mapToLong(Purse::left).sum();
      assertThat(left + spent).as("seed %d step %d", seed, i).isEqualTo(outside);
      assertThat(top.spent() + top.below() + children.stream().mapToLong(child2 -> child2.spent() + child2.below()).sum()).as("seed %d step %d", seed, i).isEqualTo(spent);
    }
  }
}
