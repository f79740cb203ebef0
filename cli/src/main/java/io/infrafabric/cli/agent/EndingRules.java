package io.infrafabric.cli.agent;

import io.infrafabric.cli.output.Money;
import io.infrafabric.names.Limits;
import java.util.Optional;

/** What a program's exit means. Pure. */
final class EndingRules {
  /** EX_DATAERR of sysexits(3): the input is wrong, and will be next time. */
  static final int DATA_ERROR = 65;

  /** EX_TEMPFAIL of sysexits(3): not now, or not here. */
  static final int TEMPORARY_FAILURE = 75;

  private static final int REASON = 1_000;

  private EndingRules() {}

  /**
   * @param lastWords the last line that it wrote to its standard error, empty when there is none
   */
  static Ending of(int exitCode, String lastWords) {
    String told = lastWords.isBlank() ? "" : ": " + lastWords.strip();
    String reason = "exit code " + exitCode + told;
    String cut = reason.substring(0, Math.min(reason.length(), REASON));
    return switch (exitCode) {
      case 0 -> new Ending.Completed();
      case DATA_ERROR -> new Ending.Failed(cut, false);
      case TEMPORARY_FAILURE -> new Ending.Released(cut);
      default -> new Ending.Failed(cut, true);
    };
  }

  /** Of one that was ended because it wrote more than a result may have. */
  static Ending tooLarge() {
    return new Ending.Failed("wrote more than %d bytes to its standard output".formatted(Limits.OBJECT_BYTES), false);
  }

  /**
   * What an attempt cost, in micro-dollars, at most the cap.
   *
   * @param told what the program wrote into its cost file, in dollars; empty when it wrote nothing
   */
  static long cost(Optional<String> told, long otherwise, long cap) {
    long micros = told.map(String::strip).filter(text -> !text.isEmpty()).map(Money::parse).map(Money::micros).orElse(otherwise);
    return Math.min(micros, cap);
  }
}
