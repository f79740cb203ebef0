package io.infrafabric.governor.money;

import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.TokenMeter;
import java.util.Optional;

/** The purses of an account: its dollars, in its own fields, and its tokens, beside them. */
public final class Purses {
  private Purses() {}

  /** Its micro-dollars. */
  public static Purse dollars(Account account) {
    return new Purse(
        account.getUnlimited(),
        account.getGrantedMicros(),
        account.getDrawnMicros(),
        account.getSettledMicros(),
        account.getSpentBelowMicros(),
        account.getAllottedMicros(),
        account.getHandedMicros());
  }

  /** What is left of its micro-dollars, whatever they are: below 0 is for others to find wrong. */
  public static long left(Account account) {
    return account.getGrantedMicros() - account.getSettledMicros() - account.getSpentBelowMicros() - account.getAllottedMicros() + account.getHandedMicros();
  }

  /** All that ever came to it, in micro-dollars, what went back too: it only grows. */
  public static long received(Account account) {
    return Math.max(account.getReceivedMicros(), account.getGrantedMicros());
  }

  /** The account granted so much now, and with what that adds to all that it ever received. */
  public static Account.Builder granted(Account account, long grantedMicros) {
    long received = received(account) + Math.max(0, grantedMicros - account.getGrantedMicros());
    // Kept only where it says more than what was granted: most accounts never give anything back.
    return account.toBuilder().setGrantedMicros(grantedMicros).setReceivedMicros(received == grantedMicros ? 0 : received);
  }

  /** Its tokens; unlimited where nobody has granted any. */
  public static Purse tokens(Account account) {
    if (!account.hasTokens()) {
      return Purse.UNLIMITED;
    }
    TokenMeter meter = account.getTokens();
    return new Purse(
        meter.getUnlimited(),
        meter.getGranted(),
        meter.getDrawn(),
        Math.addExact(meter.getUsedInput(), meter.getUsedOutput()),
        meter.getUsedBelow(),
        meter.getAllotted(),
        meter.getHanded());
  }

  /** The account with other micro-dollars, and with the credit that they make. */
  public static Account with(Account account, Purse dollars) {
    return granted(account, dollars.granted())
        .setUnlimited(dollars.unlimited())
        .setDrawnMicros(dollars.drawn())
        .setSettledMicros(dollars.spent())
        .setSpentBelowMicros(dollars.below())
        .setAllottedMicros(dollars.allotted())
        .setHandedMicros(dollars.handed())
        .setCreditMicros(dollars.left())
        .build();
  }

  /** The account with other tokens, of which the used ones stay divided as they are. */
  public static Account withTokens(Account account, Purse tokens) {
    return withTokens(account, tokens, account.getTokens().getUsedInput(), account.getTokens().getUsedOutput());
  }

  /** The account with other tokens, of which so many were read and so many written. */
  public static Account withTokens(Account account, Purse tokens, long input, long output) {
    if (Math.addExact(input, output) != tokens.spent()) {
      throw new IllegalArgumentException("%d read and %d written are not %d tokens".formatted(input, output, tokens.spent()));
    }
    if (tokens.equals(Purse.UNLIMITED)) {
      return account.toBuilder().clearTokens().build();
    }
    return account.toBuilder()
        .setTokens(
            TokenMeter.newBuilder()
                .setUnlimited(tokens.unlimited())
                .setGranted(tokens.granted())
                .setDrawn(tokens.drawn())
                .setUsedInput(input)
                .setUsedOutput(output)
                .setUsedBelow(tokens.below())
                .setAllotted(tokens.allotted())
                .setHanded(tokens.handed()))
        .build();
  }

  /** What of an account does not add up (spec X13), with the field that it is about. */
  public static Optional<String> fault(Account account) {
    Optional<String> wrong =
        Purse.fault(
                account.getUnlimited(),
                account.getGrantedMicros(),
                account.getDrawnMicros(),
                account.getSettledMicros(),
                account.getSpentBelowMicros(),
                account.getAllottedMicros(),
                account.getHandedMicros())
            .map("granted_micros: "::concat);
    if (wrong.isPresent()) {
      return wrong;
    }
    long left = left(account);
    if (account.getCreditMicros() != left) {
      return Optional.of("credit_micros: it says %d and its amounts do not add up to that but to %d".formatted(account.getCreditMicros(), left));
    }
    TokenMeter meter = account.getTokens();
    boolean usable = meter.getUsedInput() >= 0 && meter.getUsedOutput() >= 0;
    Optional<String> tokens =
        usable
            ? Purse.fault(
                meter.getUnlimited(),
                meter.getGranted(),
                meter.getDrawn(),
                meter.getUsedInput() + meter.getUsedOutput(),
                meter.getUsedBelow(),
                meter.getAllotted(),
                meter.getHanded())
            : Optional.of("an amount is negative");
    return tokens.map("tokens: "::concat);
  }

  /** True when at most {@code percent} of what an account keeps for itself is left; never when it is unlimited. */
  public static boolean isLow(Account account, int percent) {
    long own = account.getGrantedMicros() - account.getAllottedMicros();
    return !account.getUnlimited() && left(account) * 100 <= own * percent;
  }
}
